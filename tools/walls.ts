// The floors of the house: a room imports only from lower floors, only by `index.ts` (a server: by its own), SQL stands only in
// migrations and in a room's store, rooms that hold questions write no file, and a setting bears our name.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FLOORS: readonly (readonly string[])[] = [
  ['ground', 'identifiers', 'guarantees'], ['access', 'journal'], ['registry'], ['gate'], ['guard', 'intake'],
  ['checks', 'incidents'], ['fhir'], ['servers', 'sandbox'], ['cli'],
];
// A process loads its own server's code and no other's.
const DOOR_OF_A_SERVER = /^[a-z-]+\/index\.ts$/;
const PURE = new Set(['identifiers', 'guarantees']);
/** Rooms that hold who was asked about: a file that one of them wrote would stand beside the journal. */
const NO_FILES = new Set(['gate', 'checks', 'fhir', 'access', 'registry']);
const SETTINGS = /^(REMPART_\w*|DATABASE_URL|PATH|LD_LIBRARY_PATH|NODE_COMPILE_CACHE)$/;
const SQL = /\b(select\s+[\w*.,()\s]+\s+from\s|insert\s+into\s|update\s+\w+\.\w+\s+set\s|delete\s+from\s|call\s+\w+\.\w+\()/i;
const SQL_ALLOWED = /(^|\/)(store|[\w-]+-store)\.ts$|^ground\/|^sandbox\//;

const floorOf = (room: string): number => FLOORS.findIndex((floor) => floor.includes(room));

function importFaults(room: string, file: string, source: string): string[] {
  const faults: string[] = [];
  for (const match of source.matchAll(/(?:^|[\s;(])(?:from|import)\s*\(?\s*'([^'\n]+)'/g)) {
    const specifier = match[1] as string;
    if (NO_FILES.has(room) && /^(node:)?fs(\/|$)/.test(specifier)) faults.push(`${file}: a room that holds questions touches files`);
    if (PURE.has(room) && !specifier.startsWith('.')) faults.push(`${file}: a pure room imports ${specifier}`);
    const other = /^(?:\.\.\/)+([a-z]+)\/(.+)$/.exec(specifier);
    if (other === null || floorOf(other[1] as string) === -1 || other[1] === room) continue;
    if (PURE.has(room)) faults.push(`${file}: a pure room imports ${specifier}`);
    if (other[2] !== 'index.ts' && !(other[1] === 'servers' && DOOR_OF_A_SERVER.test(other[2] as string))) faults.push(`${file}: enters ${other[1]} by ${other[2]}, not by index.ts`);
    const [mine, theirs] = [floorOf(room), floorOf(other[1] as string)];
    if (theirs > mine || (theirs === mine && other[1] !== 'ground')) faults.push(`${file}: ${room} may not import ${other[1]}`);
  }
  return faults;
}

/** Faults of one source file, named by its path below src/. */
export function wallFaults(file: string, source: string): string[] {
  const room = file.split('/')[0] as string;
  if (floorOf(room) === -1) return [`${file}: ${room} is no room of the house`];
  const faults = importFaults(room, file, source);
  for (const [, name] of source.matchAll(/process\.env(?:\.|\[['"`])(\w+)/g)) if (!SETTINGS.test(name as string)) faults.push(`${file}: reads ${name}, which is no setting of ours`);
  if (SQL.test(source.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')) && !SQL_ALLOWED.test(file)) faults.push(`${file}: SQL outside a store`);
  return faults;
}

/** Faults of one page's source, named by its path below web/: of ours it may take the pure rooms alone. */
export function webFaults(file: string, source: string): string[] {
  return [...source.matchAll(/from\s*'((?:\.\.\/)+src\/[^'\n]+)'/g)].map((match) => match[1] as string)
    .filter((specifier) => !/^(?:\.\.\/)+src\/(identifiers|guarantees)\/index\.ts$/.test(specifier)).map((specifier) => `web/${file}: a page imports ${specifier}`);
}

/** Faults of every room and page, tests left out. */
export function checkWalls(root: string): string[] {
  const pages = globSync('**/*.{ts,tsx}', { cwd: join(root, 'web') }).flatMap((file) => webFaults(file, readFileSync(join(root, 'web', file), 'utf8')));
  const files = globSync('**/*.ts', { cwd: join(root, 'src') }).filter((file) => !file.endsWith('.test.ts'));
  return [...pages, ...files.flatMap((file) => wallFaults(file, readFileSync(join(root, 'src', file), 'utf8')))];
}
