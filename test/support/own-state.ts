// Imported first by tests that make a world: gives this process a state folder of its own.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(process.env['REMPART_TEST_FOLDER'] ?? '', `world-${process.pid}`);
mkdirSync(folder, { recursive: true });
process.env['REMPART_STATE'] = folder;
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
