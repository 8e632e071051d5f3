/** Counters and latency buckets in Prometheus' text format. Labels are codes, never identities. */
export class Metrics {
  readonly #counts = new Map<string, number>();
  readonly #bucketsMs = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000];
  readonly #latency = Array.from({ length: this.#bucketsMs.length + 1 }, () => 0);
  #latencySum = 0;

  /** Counts one event, e.g. `count('answers', { verdict: 'yes' })`. */
  count(name: string, labels: Readonly<Record<string, string>> = {}): void {
    const label = Object.entries(labels).map(([key, value]) => `${key}="${value.replaceAll(/[^a-z0-9-]/gi, '_')}"`).join(',');
    const key = label === '' ? `rempart_${name}_total` : `rempart_${name}_total{${label}}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  /** Records the time from request to answer. */
  took(ms: number): void {
    const at = this.#bucketsMs.findIndex((limit) => ms <= limit);
    const index = at === -1 ? this.#bucketsMs.length : at;
    this.#latency[index] = (this.#latency[index] ?? 0) + 1;
    this.#latencySum += ms;
  }

  /** The exposition text. `gauges` are read at this moment. */
  write(gauges: Readonly<Record<string, number>>): string {
    const lines = [...this.#counts].map(([key, value]) => `${key} ${value}`);
    let sum = 0;
    for (const [i, count] of this.#latency.entries()) {
      sum += count;
      const limit = this.#bucketsMs[i];
      lines.push(`rempart_request_seconds_bucket{le="${limit === undefined ? '+Inf' : limit / 1000}"} ${sum}`);
    }
    lines.push(`rempart_request_seconds_sum ${this.#latencySum / 1000}`, `rempart_request_seconds_count ${sum}`);
    for (const [name, value] of Object.entries(gauges)) lines.push(`rempart_${name} ${value}`);
    return `${lines.join('\n')}\n`;
  }
}
