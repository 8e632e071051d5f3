import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterNode } from '../../tools/cluster/cluster.ts';
import { processTree, signalAll } from '../processes.ts';
import type { FaultStage } from './stage.ts';
import type { Line } from './proxy.ts';

/** One way of failing: what is done, and undone. What callers and the operator see of it stands in docs/how-to/when-it-fails.md. */
export interface Fault {
  readonly name: string;
  /** Whether it needs a new primary: these take seconds, the others do not. */
  readonly failover: boolean;
  readonly inject: (stage: FaultStage) => Promise<void>;
}

function killPostmaster(node: ClusterNode | undefined): void {
  const pid = node?.postmaster();
  if (pid !== undefined) process.kill(pid, 'SIGKILL');
}

async function primaryOf({ cluster }: FaultStage): Promise<ClusterNode | undefined> {
  for (let tries = 0; tries < 300; tries += 1) {
    const primary = await cluster.primary();
    if (primary !== undefined) return primary;
    await sleep(100);
  }
  return undefined;
}

/** Waits until the cluster is whole again: a primary with a synchronous standby. */
export async function untilWhole({ cluster }: FaultStage): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    if (await cluster.primary() !== undefined && await cluster.synchronous() !== undefined) return;
    await sleep(100);
  }
  throw new Error('the cluster did not become whole again within a minute');
}

// The postmaster and its processes, each of which is a group of its own.
function processesOf(node: ClusterNode | undefined): number[] {
  const pid = node?.postmaster();
  return pid === undefined ? [] : processTree(pid);
}

// Stopped for a while and going on: a disk that does not answer.
async function stall(nodes: readonly (ClusterNode | undefined)[], ms: number): Promise<void> {
  const pids = nodes.flatMap(processesOf);
  signalAll(pids, 'SIGSTOP');
  await sleep(ms);
  signalAll(pids, 'SIGCONT');
}

const onLines = (line: Line, ms: number) => async ({ lines }: FaultStage): Promise<void> => {
  for (const each of lines) each.become(line);
  await sleep(ms);
  for (const each of lines) each.become('carries');
};

async function killApi(stage: FaultStage): Promise<void> {
  const i = Math.random() < 0.5 ? 0 : 1;
  stage.apis[i]?.kill('SIGKILL');
  await stage.restartApi(i);
}

async function noStandby(stage: FaultStage): Promise<void> {
  const primary = await primaryOf(stage);
  await stall(stage.cluster.nodes.filter((node) => node !== primary), 4000);
}

/** Every kind of fault under load. */
export const FAULTS: readonly Fault[] = [
  { name: 'answering process killed', failover: false, inject: killApi },
  { name: 'connections cut', failover: false, inject: onLines('cut', 300) },
  { name: 'connections half-open', failover: false, inject: onLines('silent', 1500) },
  { name: 'connections slow', failover: false, inject: onLines('slow', 2000) },
  { name: 'standby killed', failover: false, inject: async (stage) => killPostmaster(await stage.cluster.synchronous()) },
  { name: 'disk stalled', failover: false, inject: async (stage) => stall([await primaryOf(stage)], 2000) },
  { name: 'no standby left', failover: true, inject: noStandby },
  { name: 'primary killed', failover: true, inject: async (stage) => killPostmaster(await primaryOf(stage)) },
  { name: 'standby, then primary killed', failover: true, inject: async (stage) => {
    killPostmaster(await stage.cluster.synchronous());
    await sleep(2500);
    killPostmaster(await primaryOf(stage));
  } },
];
