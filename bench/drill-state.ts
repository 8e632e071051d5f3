// Imported first: the drill keeps its keys and database apart from everything else.
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), '.rempart', `drill-${process.pid}`);
mkdirSync(folder, { recursive: true });
process.env['REMPART_STATE'] = folder;
