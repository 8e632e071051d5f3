import { AppError, hash128, type Pool } from '../ground/index.ts';
import { newCode } from './installations.ts';
import { installDesk, OFFICER_ROLES, renewCode, type OfficerRole } from './officer-store.ts';

/** A first officer's name, role, and one-time code, to be handed over in person. */
export interface NamedCode {
  readonly name: string;
  readonly role: OfficerRole;
  readonly code: string;
}

function refuse(fr: string, en: string): never {
  throw new AppError({ code: 'bad-input', publicText: { fr, en } });
}

/** Reads `Name:role`. @throws AppError `bad-input` */
export function parseOfficer(text: string): { readonly name: string; readonly role: OfficerRole } {
  const at = text.lastIndexOf(':');
  const [name, role] = [text.slice(0, at).trim(), text.slice(at + 1).trim()];
  const known = OFFICER_ROLES.find((each) => each === role);
  if (at < 1 || name === '' || known === undefined) return refuse(`« ${text} » : écrivez Nom:rôle, le rôle parmi ${OFFICER_ROLES.join(', ')}.`, `“${text}”: write Name:role, the role one of ${OFFICER_ROLES.join(', ')}.`);
  return { name, role: known };
}

/**
 * Makes the first officers, once, with a code each (two days, good once).
 * @throws AppError `conflict` when it was done before, `bad-input` with fewer than two or nobody for security.
 */
export async function installFirstOfficers(pool: Pool, made: { readonly origin: string; readonly officers: readonly { readonly name: string; readonly role: OfficerRole }[] }): Promise<NamedCode[]> {
  const coded = made.officers.map((officer) => ({ ...officer, code: newCode() }));
  const why = await installDesk(pool, { origin: made.origin, officers: coded.map((each) => ({ ...each, code: hash128(each.code) })) });
  if (why === 'two') refuse('Il faut au moins deux officiers, dont un « security » : beaucoup de gestes en demandent deux.', 'At least two officers are needed, one of them “security”: many acts take two.');
  if (why === 'name') refuse('Un de ces noms n’est pas celui d’une personne : « guard », « decoy », « person », « peer … » signent ce que personne n’a décidé.', 'One of these names is no person’s: “guard”, “decoy”, “person”, “peer …” sign what nobody decided.');
  if (why === 'done-before') throw new AppError({ code: 'conflict', publicText: { fr: 'La cellule a déjà ses premiers officiers : les suivants se nomment dans la cellule, à deux.', en: 'The desk has its first officers already: further ones are named in the desk, by two.' } });
  return coded;
}

/** A new code for a first officer who never enrolled. @throws AppError `conflict` for anybody else. */
export async function renewOfficerCode(pool: Pool, name: string): Promise<string> {
  const code = newCode();
  if (await renewCode(pool, { name, codeHash: hash128(code) })) return code;
  throw new AppError({ code: 'conflict', publicText: { fr: `${name} n’est pas un premier officier sans clé d’accès. Une clé perdue se remplace dans la cellule, par deux autres officiers.`, en: `${name} is no first officer without a passkey. A lost passkey is replaced in the desk, by two other officers.` } });
}
