// Imported first by tests that make a world: gives this process a state folder of its own.
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), '.rempart', 'test', `world-${process.pid}`);
mkdirSync(folder, { recursive: true });
process.env['REMPART_STATE'] = folder;
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
