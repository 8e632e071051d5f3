// The sequencer in a process that a test may kill, set up by the environment as `rempart serve log` is.
import { openLogKey, stateFolder } from '../../src/ground/index.ts';
import { Sequencer } from '../../src/journal/index.ts';

const { REMPART_DATABASE_URL: url = '', REMPART_LOG_ORIGIN: origin = '', REMPART_LOG_FOLDER: folder = '' } = process.env;
const sequencer = new Sequencer({ url, origin, folder, key: openLogKey(stateFolder('keys')), everyMs: 50 });
sequencer.start(() => process.exit(1));
process.once('SIGTERM', () => { void sequencer.stop(); });
