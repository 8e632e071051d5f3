import type { Pool } from '../ground/index.ts';

/** What an officer of the desk may do, as data in `desk.power`. */
export const OFFICER_ROLES = ['security', 'data-protection', 'on-call', 'auditor'] as const;
export type OfficerRole = (typeof OFFICER_ROLES)[number];

/** A first officer: the code by its hash. */
export interface FirstOfficer {
  readonly name: string;
  readonly role: OfficerRole;
  readonly code: string;
}

/** An officer as the installation sees them. */
export interface OfficerLine {
  readonly name: string;
  readonly role: OfficerRole;
  readonly removed: boolean;
  readonly passkeys: number;
  /** Made at installation, no passkey yet. */
  readonly waits: boolean;
}

/** Makes the first officers and says where their passkeys belong. @returns null, or why not. */
export async function installDesk(pool: Pool, made: { readonly origin: string; readonly officers: readonly FirstOfficer[] }): Promise<'done-before' | 'two' | 'name' | null> {
  const { rows } = await pool.query<{ result: 'done-before' | 'two' | 'name' | null }>('select desk.install($1, $2) as result', [made.origin, JSON.stringify(made.officers)]);
  return rows[0]?.result ?? null;
}

/** All officers, in the order they were made. */
export async function listOfficers(pool: Pool): Promise<OfficerLine[]> {
  const { rows } = await pool.query<OfficerLine>(`select o.name, o.role, o.removed_at is not null as removed, count(k.id)::int as passkeys, o.made_by = 'installation' and o.removed_at is null and count(k.id) = 0 as waits
    from desk.officer o left join desk.passkey k on k.officer_id = o.id and k.removed_at is null group by o.id order by o.id`);
  return rows;
}

/** A new code for an officer of the installation who never enrolled a passkey. @returns false for anybody else. */
export async function renewCode(pool: Pool, renewed: { readonly name: string; readonly codeHash: string }): Promise<boolean> {
  const { rows } = await pool.query<{ result: boolean }>('select desk.renew_code($1, $2) as result', [renewed.name, renewed.codeHash]);
  return rows[0]?.result === true;
}

/** The desk answers at another port or scheme of the same host: passkeys stay good. */
export async function moveDesk(pool: Pool, origin: string): Promise<void> {
  await pool.query('select desk.move($1)', [origin]);
}
