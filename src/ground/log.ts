type Level = 'info' | 'warn' | 'error';
/** Values that may stand in a log line. Identities never do: callers pass row numbers, counts, codes. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** One JSON line on standard error. */
export function log(level: Level, event: string, fields: LogFields = {}): void {
  process.stderr.write(`${JSON.stringify({ at: new Date().toISOString(), level, event, ...fields })}\n`);
}
