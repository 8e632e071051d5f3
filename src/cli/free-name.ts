import { linkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { syncFolder } from '../ground/index.ts';

/**
 * Gives a whole and flushed file its name: `stem` and `ending`, or `stem-2`, `stem-3`, … with it. A name that is taken is never
 * taken again, whoever took it. @returns the name.
 */
export function nameFreely(part: string, name: { readonly folder: string; readonly stem: string; readonly ending: string }): string {
  for (let n = 1; ; n += 1) {
    const free = `${name.stem}${n === 1 ? '' : `-${n}`}${name.ending}`;
    try {
      linkSync(part, join(name.folder, free));
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'EEXIST') continue;
      throw cause;
    }
    rmSync(part);
    syncFolder(name.folder);
    return free;
  }
}
