import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { startEmbeddedPostgres, stateFolder, type EmbeddedPostgres } from '../../src/ground/index.ts';
import { prepareTemplate } from './global-setup.ts';

/** A PostgreSQL of a test's own, whose files it may read and whose process it may kill. */
export async function startOwnPostgres(settings: Readonly<Record<string, string>> = {}): Promise<{ server: EmbeddedPostgres; folder: string; stop(): Promise<void> }> {
  const folder = join(stateFolder('own-postgres'), 'data');
  const server = await startEmbeddedPostgres({ folder, settings });
  await prepareTemplate(server.url);
  return { server, folder, stop: async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  } };
}
