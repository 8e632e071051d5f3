import { createSequencer } from '../log-settings.ts';
import { required, served } from './process.ts';

/** The sequencer: exactly one works, others wait for its lock. Refused, it stays up and signs nothing until a person has looked. */
export function run(): Promise<number> {
  const sequencer = createSequencer(required('REMPART_DATABASE_URL'));
  sequencer.start(() => { process.exitCode = 1; });
  return served('log', () => sequencer.stop());
}
