import type { TestEvent } from 'node:test/reporters';

/** Longest account of one failure, in characters: the whole is where the test ran. */
const LONGEST = 1500;

/** Prints the closing line `N passed, N failed`, then each failed test with its cause. A skipped or unfinished test counts as failed. */
export default async function* summary(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const failures: string[] = [];
  for await (const event of events) {
    if (event.type === 'test:fail' && !('failureType' in event.data.details.error && event.data.details.error.failureType === 'subtestsFailed')) failures.push(tell(event.data.name, event.data.file, event.data.details.error));
    if (event.type !== 'test:summary' || event.data.file !== undefined) continue;
    const { passed, tests } = event.data.counts;
    yield `${passed} passed, ${tests - passed} failed\n`;
    yield failures.join('');
  }
}

function tell(name: string, file: string | undefined, error: Error): string {
  const cause = error.cause instanceof Error ? error.cause : error;
  const where = cause.stack?.split('\n').filter((line) => line.includes('/test/')).join('\n') ?? '';
  return `✖ ${name} (${file?.replace(/^.*\/test\//, 'test/') ?? ''})\n${`${cause.message}\n${where}`.slice(0, LONGEST)}\n`;
}
