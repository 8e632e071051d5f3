// Imported first: this bench keeps its own platform apart from every other.
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), '.rempart', 'bench-portal');
mkdirSync(folder, { recursive: true });
process.env['REMPART_STATE'] = folder;
