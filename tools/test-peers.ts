// npm run test:peers [-- FILE…]: our promises on Debian's PostgreSQL 15, our formats read by Debian's tools.
import { runPeers } from './peers/run-peers.ts';

const outcome = await runPeers(process.argv.slice(2));
if ('notRun' in outcome) process.stdout.write(`not run: ${outcome.notRun}\n`);
else {
  process.stdout.write(`${outcome.passed} passed, ${outcome.failed} failed\n`);
  process.exitCode = outcome.status;
}
