import type { TestEvent } from 'node:test/reporters';

/** Prints the closing line `N passed, N failed`. A skipped or unfinished test counts as failed. */
export default async function* summary(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    if (event.type !== 'test:summary' || event.data.file !== undefined) continue;
    const { passed, tests } = event.data.counts;
    yield `${passed} passed, ${tests - passed} failed\n`;
  }
}
