import { parseArgs } from 'node:util';
import { installFirstOfficers, parseOfficer, type NamedCode } from '../access/index.ts';
import { openForRole } from './context.ts';

/** One-time codes as they are printed: to be handed over in person, never sent. */
export function formatCodes(codes: readonly NamedCode[]): string {
  const width = Math.max(...codes.map(({ name }) => name.length));
  return codes.map(({ name, role, code }) => `  ${name.padEnd(width)}  ${role.padEnd(15)}  ${code}\n`).join('');
}

/** `rempart init`: the desk's first officers, each with a one-time code that enrols their passkey. Once. */
export async function init(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { origin: { type: 'string' }, officer: { type: 'string', multiple: true } } });
  if (values.origin === undefined || values.officer === undefined || !/^https?:\/\/[^/]+$/.test(values.origin)) {
    process.stderr.write('rempart init --origin https://desk.example --officer "Name:security" --officer "Name:data-protection" …\n');
    return 2;
  }
  const opened = await openForRole('rempart_desk', 1);
  try {
    const codes = await installFirstOfficers(opened.pool, { origin: values.origin, officers: values.officer.map(parseOfficer) });
    process.stdout.write(`Codes à remettre en main propre (deux jours, un seul usage) / codes to hand over in person (two days, good once):\n${formatCodes(codes)}`);
    return 0;
  } finally {
    await opened.close();
  }
}
