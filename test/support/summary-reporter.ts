import type { TestEvent } from 'node:test/reporters';

/** Prints the closing line `N passed, N failed` for whoever reads only the end. */
export default async function* summary(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    if (event.type !== 'test:summary' || event.data.file !== undefined) continue;
    const { passed, tests } = event.data.counts;
    const skipped = event.data.counts.skipped + event.data.counts.todo;
    yield `${passed} passed, ${tests - passed - skipped} failed, ${skipped} skipped\n`;
  }
}
