// npm run screenshots: the portal's and the desk's pages as the documentation shows them, taken by the very tests that look at each page.
import { join } from 'node:path';
import { ROOT } from '../src/ground/index.ts';
import { runTests } from './run-tests.ts';

process.exitCode = (await runTests({ patterns: ['test/e2e/portal-pages.test.ts', 'test/e2e/portal-access.test.ts', 'test/e2e/desk-pages.test.ts'], environment: { REMPART_SCREENSHOTS: join(ROOT, 'docs/pictures') } })).status;
