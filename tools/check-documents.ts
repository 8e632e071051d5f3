// What documents must say: a line of THREATS for each promise, with a test that exists; links that lead somewhere.
import { existsSync, globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from '../src/ground/index.ts';

/** Faults of the Markdown documents. `read` gives a file's text by its path below the root. */
export function checkDocuments(read: (path: string) => string): string[] {
  const faults: string[] = [];
  const threats = read('THREATS.md');
  for (const test of globSync('test/promises/*.test.ts', { cwd: ROOT })) {
    if (!threats.includes(test)) faults.push(`THREATS.md has no line with ${test}`);
  }
  for (const named of threats.matchAll(/`(test\/[\w/.-]+)`/g)) {
    if (!existsSync(join(ROOT, named[1] as string))) faults.push(`THREATS.md names ${named[1]}, which does not exist`);
  }
  for (const document of globSync(['*.md', 'docs/**/*.md'], { cwd: ROOT })) {
    for (const link of read(document).matchAll(/\]\((?!https?:|#|mailto:)([^)#]+)/g)) {
      if (!existsSync(join(ROOT, dirname(document), link[1] as string))) faults.push(`${document}: the link ${link[1]} leads nowhere`);
    }
  }
  return faults;
}
