// npm run test:peers: our promises on Debian's PostgreSQL 15, our formats read by Debian's tools.
import { runPeers } from './peers/run-peers.ts';

const outcome = runPeers();
if ('notRun' in outcome) process.stdout.write(`not run: ${outcome.notRun}\n`);
else {
  process.stdout.write(`${outcome.passed} passed, ${outcome.failed} failed\n`);
  process.exitCode = outcome.status;
}
