// The promise tests on another PostgreSQL, and our formats read by tools that are not ours.
import { fetchPackages } from './fetch-packages.ts';
import { runTests, type Outcome } from '../run-tests.ts';
import { join } from 'node:path';

/** PostgreSQL 15 with the libraries that a bare system lacks, and age. */
const PACKAGES = ['postgresql-15', 'postgresql-client-15', 'libpq5', 'libicu72', 'libldap-2.5-0', 'libsasl2-2', 'libxml2', 'libxslt1.1', 'libssl3', 'liblz4-1', 'libzstd1', 'libgssapi-krb5-2', 'age', 'strace', 'libunwind8'];

/** Runs them, or says why not. */
export function runPeers(): Outcome | { readonly notRun: string } {
  const fetched = fetchPackages(PACKAGES);
  if ('notRun' in fetched) return fetched;
  process.stdout.write('foreign tools: PostgreSQL 15, age\n');
  return runTests({ patterns: ['test/promises/*.test.ts', 'test/peers/*.test.ts'], environment: {
    REMPART_POSTGRES: join(fetched.folder, 'usr/lib/postgresql/15'), REMPART_PEERS: fetched.folder,
    LD_LIBRARY_PATH: join(fetched.folder, 'usr/lib/x86_64-linux-gnu') } });
}
