// Every column of every table has its line in docs/privacy/columns.md: what it holds about whom, and how long.

/** A column that migrations make. */
export interface Column {
  readonly table: string;
  readonly name: string;
}

/** Classes that a line may have, as docs/privacy/columns.md explains them. */
export const CLASSES: readonly string[] = ['none', 'insured-sealed', 'insured-reference', 'professional', 'staff', 'secret'];

/** A column named like this says something of a person until its own line says what: no line for a whole table covers it. */
const SPEAKS_OF_PERSONS = /(^|_)(name|names|nir|ins|rpps|birth|birthday|person|persons|beneficiary|identity|adherent|mail|email|phone|address|login|pseudonym|professional|responsible|user|officer|ip|device|shown|sealed|by|rib|iban)(_|$)/;

// Text within brackets, from an opening one.
function bracketed(sql: string, from: number): string {
  let depth = 0;
  for (let at = from; at < sql.length; at += 1) {
    if (sql[at] === '(') depth += 1;
    if (sql[at] === ')' && (depth -= 1) === 0) return sql.slice(from + 1, at);
  }
  return sql.slice(from + 1);
}

function topLevelParts(text: string): string[] {
  const parts: string[] = [];
  let [depth, start] = [0, 0];
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '(' || text[at] === '[') depth += 1;
    else if (text[at] === ')' || text[at] === ']') depth -= 1;
    else if (text[at] === ',' && depth === 0) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...parts, text.slice(start)].map((part) => part.trim()).filter((part) => part !== '');
}

const CONSTRAINT = /^(primary\s+key|unique|check|foreign\s+key|constraint|exclude|like)\b/i;
const nameOf = (part: string): string => (/^"?(\w+)"?/.exec(part)?.[1] ?? '').toLowerCase();

/** The columns of all tables that migrations make or add to; views, temporary tables and dropped columns left out. */
export function readColumns(sql: string): Column[] {
  // Comments and texts may hold brackets and commas.
  const plain = sql.replaceAll(/--[^\n]*/g, '').replaceAll(/'(?:[^']|'')*'/g, "''");
  const columns: Column[] = [];
  for (const match of plain.matchAll(/\bcreate\s+(?:unlogged\s+)?table\s+(?:if\s+not\s+exists\s+)?(\w+\.\w+)\s*\(/gi)) {
    const table = (match[1] as string).toLowerCase();
    const parts = topLevelParts(bracketed(plain, match.index + match[0].length - 1)).filter((part) => !CONSTRAINT.test(part));
    columns.push(...parts.map((part) => ({ table, name: nameOf(part) })));
  }
  for (const [, table, actions] of plain.matchAll(/\balter\s+table\s+(?:only\s+)?(\w+\.\w+)\s+([^;]*);/gi)) {
    for (const part of topLevelParts(actions as string)) {
      const added = /^add\s+(?:column\s+)?(?:if\s+not\s+exists\s+)?"?(\w+)"?\s/i.exec(part)?.[1];
      if (added !== undefined && !CONSTRAINT.test(part.replace(/^add\s+/i, ''))) columns.push({ table: (table as string).toLowerCase(), name: added.toLowerCase() });
      const dropped = /^drop\s+column\s+(?:if\s+exists\s+)?"?(\w+)"?/i.exec(part)?.[1];
      const at = columns.findIndex((column) => column.table === (table as string).toLowerCase() && column.name === dropped?.toLowerCase());
      if (dropped !== undefined && at !== -1) columns.splice(at, 1);
    }
  }
  return columns;
}

interface Line {
  readonly table: string;
  readonly columns: readonly string[];
  readonly kind: string;
}

function readLines(document: string): Line[] {
  return [...document.matchAll(/^\| `(\w+\.\w+)` \| ([^|]+) \| `([\w-]+)` \|/gm)].map(([, table, names, kind]) => ({ table: table as string, columns: (names as string).split(',').map((name) => name.trim().replaceAll('`', '')), kind: kind as string }));
}

/** Columns without a line, lines without a column, classes that nobody explains. */
export function columnFaults(columns: readonly Column[], document: string): string[] {
  const lines = readLines(document);
  const faults = lines.filter((line) => !CLASSES.includes(line.kind)).map((line) => `docs/privacy/columns.md: ${line.table} has the class ${line.kind}, which is none`);
  for (const { table, name } of columns) {
    const own = lines.filter((line) => line.table === table);
    const named = own.some((line) => line.columns.includes(name));
    const speaks = SPEAKS_OF_PERSONS.test(name);
    if (!named && (speaks || !own.some((line) => line.columns.includes('*')))) {
      faults.push(`docs/privacy/columns.md has no line for ${table}.${name}${speaks ? ' (its name speaks of a person: a line with * does not cover it)' : ''}`);
    }
  }
  const known = new Set(columns.map((column) => column.table));
  for (const line of lines.filter((one) => known.has(one.table))) {
    for (const name of line.columns) if (name !== '*' && !columns.some((column) => column.table === line.table && column.name === name)) faults.push(`docs/privacy/columns.md: there is no column ${line.table}.${name}`);
  }
  return faults;
}
