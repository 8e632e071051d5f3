import { readdirSync, readFileSync } from 'node:fs';

/** Kernel clock ticks a second, as Linux reports process times. */
const TICKS = 100;

interface Times {
  readonly parent: number;
  /** Its own time, and that of its children that have ended, in seconds. */
  readonly own: number;
  readonly ended: number;
}

function timesOf(pid: number): Times | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const field = stat.slice(stat.lastIndexOf(')') + 2).split(' ').map(Number);
    const at = (i: number): number => (field[i] ?? 0) / TICKS;
    return { parent: field[1] ?? 0, own: at(11) + at(12), ended: at(13) + at(14) };
  } catch {
    return undefined;
  }
}

/** A process and its children. */
export function processTree(pid: number): number[] {
  return [pid, ...readdirSync('/proc').map(Number).filter((each) => each > 0 && timesOf(each)?.parent === pid)];
}

/** Sends a signal to each; those that ended meanwhile are passed over. */
export function signalAll(pids: readonly number[], name: 'SIGSTOP' | 'SIGCONT'): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // Ended meanwhile.
    }
  }
}

/** The most memory a process has held at once since its start (VmHWM), in megabytes. */
export function peakMegabytes(pid: number): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
}

/** Processor time of a process and of all its children, ended ones too, in seconds over all cores. */
export function processorSeconds(pid: number): number {
  const all = new Map(readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map((name) => [Number(name), timesOf(Number(name))]));
  const own = all.get(pid);
  if (own === undefined) return 0;
  let sum = own.own + own.ended;
  for (const times of all.values()) if (times?.parent === pid) sum += times.own;
  return sum;
}
