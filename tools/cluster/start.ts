// npm run cluster: PostgreSQL 15 with two standbys and automatic failover (Patroni, etcd), on this machine, until Ctrl-C.
import { stateFolder } from '../../src/ground/index.ts';
import { join } from 'node:path';
import { startCluster } from './cluster.ts';

// Whatever ends this process ends the cluster: it is killed on exit.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(0));
const cluster = await startCluster(join(stateFolder('cluster'), 'run'));
if ('notRun' in cluster) {
  process.stdout.write(`not run: ${cluster.notRun}\n`);
  process.exitCode = 1;
} else {
  process.stdout.write(`DATABASE_URL='${cluster.url}'\n${cluster.nodes.map((node) => `${node.name}: PostgreSQL on ${node.port}, Patroni on ${node.restPort}\n`).join('')}`);
  setInterval(() => undefined, 60_000);
}
