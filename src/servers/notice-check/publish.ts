import { randomBytes, type KeyObject } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readOrMake, stateFolder } from '../../ground/index.ts';
import { writeNoticeBuckets, type BucketLayout, type NoticeEntry } from '../../incidents/index.ts';
import { pageHeaders, publishPages } from '../pages/publish.ts';

/** What the page is told besides its buckets; the same for everybody. */
export interface NoticeParameters extends BucketLayout {
  readonly version: 1;
  readonly publishedAt: string;
  readonly insurers: Readonly<Record<string, string>>;
}

/** Makes the decoys; kept where publications are made, never on the server that serves them. */
export function decoyKey(): Buffer {
  return readOrMake(join(stateFolder('release'), 'notice-decoys.key'), () => randomBytes(32));
}

/** A publication of the verification page: the signed page, parameters and buckets in `target`, which is replaced once all is written. */
export async function publishNoticeCheck(options: { readonly built: string; readonly target: string; readonly entries: () => AsyncIterable<NoticeEntry> | Iterable<NoticeEntry>; readonly insurers: Readonly<Record<string, string>>; readonly decoyKey: Buffer; readonly key: KeyObject }): Promise<NoticeParameters> {
  const making = `${options.target}.part`;
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { recursive: true });
  publishPages({ built: options.built, target: join(making, 'page'), config: {}, headers: pageHeaders({ script: "'self'", connect: "'self'", permissions: 'camera=()' }), key: options.key });
  const layout = await writeNoticeBuckets(join(making, 'buckets.bin'), options);
  const parameters: NoticeParameters = { version: 1, publishedAt: new Date().toISOString(), ...layout, insurers: options.insurers };
  writeFileSync(join(making, 'parameters.json'), JSON.stringify(parameters));
  rmSync(options.target, { recursive: true, force: true });
  renameSync(making, options.target);
  return parameters;
}
