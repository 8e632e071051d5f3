import { parseArgs } from 'node:util';
import { MIXES, useMix, type Mix } from '../guard/index.ts';
import { openForRole } from './context.ts';

/** `rempart ceilings --mix 0|50|95`: what is left to questions without proof of presence, by how many come with one. */
export async function ceilings(args: readonly string[]): Promise<number> {
  const text = { type: 'string' } as const;
  const { values: { mix = '', from, by, reason } } = parseArgs({ args: [...args], options: { mix: text, from: text, by: text, reason: text } });
  if (!(mix in MIXES) || by === undefined || reason === undefined) {
    process.stderr.write('rempart ceilings --mix 0|50|95 [--from AAAA-MM-JJ] --by NAME --reason TEXT\n');
    return 2;
  }
  const opened = await openForRole('rempart_desk', 1);
  try {
    const changed = await useMix(opened.pool, { mix: mix as Mix, from: from ?? new Date().toISOString().slice(0, 10), by, reason });
    process.stdout.write(changed === null ? 'refusé : il manque qui décide ou pourquoi\n' : `${changed} plafonds\n`);
    return changed === null ? 2 : 0;
  } finally {
    await opened.close();
  }
}
