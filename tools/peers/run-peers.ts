// The promise tests on another PostgreSQL, and our formats read by tools that are not ours.
import { CLUSTER_PACKAGES } from '../cluster/cluster.ts';
import { fetchPackages } from './fetch-packages.ts';
import { POSTGRES_15 } from './packages.ts';
import { runTests, type Outcome } from '../run-tests.ts';
import { join } from 'node:path';

/** dmtxread reads its pictures through ImageMagick, which brings these. */
const DMTX = ['dmtx-utils', 'libdmtx0b', 'libgomp1', 'libmagickcore-6.q16-6', 'libmagickwand-6.q16-6', 'imagemagick-6-common', 'liblcms2-2', 'liblqr-1-0', 'libfftw3-double3', 'libfontconfig1', 'libfreetype6', 'libjpeg62-turbo', 'libtiff6', 'libwebp7',
  'libwebpmux3', 'libwebpdemux2', 'libjbig0', 'liblerc4', 'libdeflate0', 'libpng16-16', 'libbrotli1', 'libglib2.0-0', 'libltdl7', 'libpcre2-8-0', 'libxext6', 'libx11-6', 'libxcb1', 'libxau6', 'libxdmcp6', 'libbsd0', 'libmd0', 'libexpat1', 'libbz2-1.0'];
/** Go's own transparency log, and the compiler to build an auditor of ours with it. */
const GO = ['golang-1.19-go', 'golang-1.19-src', 'golang-golang-x-mod-dev'];
/** PostgreSQL 15, age, Go, strace, dmtxread. */
const PACKAGES = [...POSTGRES_15, 'age', 'strace', 'libunwind8', ...DMTX, ...GO];

/** Runs them (or the files named), or says why not. */
export async function runPeers(named: readonly string[] = []): Promise<Outcome | { readonly notRun: string }> {
  const fetched = fetchPackages(PACKAGES);
  if ('notRun' in fetched) return fetched;
  const cluster = fetchPackages(CLUSTER_PACKAGES, 'cluster');
  if ('notRun' in cluster) return cluster;
  process.stdout.write('foreign tools: PostgreSQL 15, Patroni, etcd, age, dmtx-utils, Go\n');
  return runTests({ patterns: named.length > 0 ? named : ['test/promises/*.test.ts', 'test/peers/*.test.ts'], environment: {
    REMPART_POSTGRES: join(fetched.folder, 'usr/lib/postgresql/15'), REMPART_PEERS: fetched.folder, REMPART_CLUSTER: cluster.folder,
    LD_LIBRARY_PATH: join(fetched.folder, 'usr/lib/x86_64-linux-gnu') } });
}
