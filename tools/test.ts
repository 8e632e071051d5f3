// Runs the tests: all of them and then the foreign tools, or the files named on the command line.
import { runPeers } from './peers/run-peers.ts';
import { runTests, type Outcome } from './run-tests.ts';

/** Fewer tests than this and something was not found: the run fails. */
const MINIMUM_TESTS = 420;

const named = process.argv.slice(2);

async function runAll(): Promise<Outcome> {
  const own = await runTests({ patterns: ['src/**/*.test.ts', 'test/{promises,integration,tools,fault,e2e}/*.test.ts'] });
  const peers = await runPeers();
  if ('notRun' in peers) {
    process.stdout.write(`not run: ${peers.notRun}\n`);
    return process.env['REMPART_CI'] === undefined ? own : { ...own, status: 1 };
  }
  return { passed: own.passed + peers.passed, failed: own.failed + peers.failed, status: own.status === 0 ? peers.status : own.status, failures: own.failures + peers.failures };
}

const { passed, failed, status, failures } = await (named.length > 0 ? runTests({ patterns: named }) : runAll());
const tooFew = named.length === 0 && passed < MINIMUM_TESTS;
if (tooFew) process.stdout.write(`only ${passed} tests passed; at least ${MINIMUM_TESTS} are expected\n`);
// Once more at the end, where whoever reads only the last lines finds them.
process.stdout.write(`${failures}${passed} passed, ${failed} failed\n`);
process.exitCode = tooFew ? 1 : status;
