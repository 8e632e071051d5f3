import type { NamedCode } from '../access/index.ts';
import type { Sandbox } from '../sandbox/index.ts';
import { writeDate } from '../identifiers/index.ts';
import { formatCodes } from './init.ts';

/** What `rempart start` prints: a test installation, a test person and a ready question. */
export function welcome(world: { readonly apiUrl: string; readonly authUrl: string; readonly portalUrl: string; readonly deskUrl: string; readonly officerCodes: readonly NamedCode[]; readonly sandbox: Sandbox }): string {
  const { apiUrl, authUrl, portalUrl, deskUrl, officerCodes, sandbox } = world;
  const [amc, person] = Object.entries(sandbox.persons)[0] as [string, Sandbox['persons'][string]];
  const [silentAmc, silent] = Object.entries(sandbox.persons).at(-1) as [string, Sandbox['persons'][string]];
  const pharmacy = sandbox.establishments.find((e) => e.peerGroup === 'pharmacy');
  return `
Rempart répond.            API ${apiUrl}   autorisation ${authUrl}
Installation d'essai       ${pharmacy?.name} (${pharmacy?.identifier}), clé dans .rempart/clients/sandbox.json
Personne d'essai           NIR ${person.nir}, née le ${writeDate(person.birthDate)}, assureur ${amc} (tout est fictif)

Portail des professionnels  ${portalUrl}   (Pro Santé Connect y est joué par une doublure, personnes fictives)
Une carte à scanner         ./rempart card issue --sample

Cellule d'incident          ${deskUrl}   (réseau interne ; codes d'un seul usage de ses officiers fictifs)
${officerCodes.length === 0 ? '  chaque officier a sa clé d’accès\n' : formatCodes(officerCodes)}
Une question prête, dans un autre terminal :

  ./rempart ask --amc ${amc} --nir ${person.nir} --birth ${person.birthDate} --domain PHAR

Un refus, puis une réponse que l'assureur ne permet pas de donner :

  ./rempart ask --amc ${amc} --nir ${person.nir} --birth 1901-01-01 --domain PHAR
  ./rempart ask --amc ${silentAmc} --nir ${silent.nir} --birth ${silent.birthDate} --domain PHAR

Ce qui a été dit, sans identité :   ./rempart journal tail
Arrêter :                           Ctrl-C
`;
}
