import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NodeCompiler } from '@myriaddreamin/typst-ts-node-compiler';

let compiler: NodeCompiler | undefined;
let rendered = 0;
/** Pages compiled before what they left in memory is dropped. */
const EVICT_EVERY = 50;
const templates = new Map<string, string>();

function templateOf(name: string): string {
  const text = templates.get(name) ?? readFileSync(join(import.meta.dirname, 'templates', `${name}.typ`), 'utf8');
  templates.set(name, text);
  return text;
}

/** A PDF from a template of `templates/` and data. The data are input to the template, never part of its source: no text in them can be code. */
export function renderPdf(template: string, data: unknown): Buffer {
  compiler ??= NodeCompiler.create();
  const pdf = compiler.pdf({ mainFileContent: templateOf(template), inputs: { data: JSON.stringify(data) } });
  rendered += 1;
  if (rendered % EVICT_EVERY === 0) compiler.evictCache(5);
  return pdf;
}
