import { log } from '../../ground/index.ts';
import { consistencyProof } from './merkle.ts';
import { findNote, isSignedBy, type NoteKey, type NoteSignature } from './note.ts';
import type { AskWitnesses } from './sequencer.ts';
import { fromFolder, subtreesOf } from './tiles.ts';

/** A witness as the log knows it. */
export interface KnownWitness {
  /** Submission prefix, without `/add-checkpoint`. */
  readonly url: string;
  readonly key: NoteKey;
}

const ANSWER_MS = 1500;

/** A witness says that it cosigned more leaves than are published: it saw another history, we were rolled back, or it is wrong. */
class KnowsMore extends Error {
  readonly claimed: number;

  constructor(witness: string, claimed: number) {
    super(`witness ${witness} refuses: it says it cosigned ${claimed} leaves`);
    this.claimed = claimed;
  }
}

/**
 * Asks every witness for its cosignature of each checkpoint, all at once, a second and a half at most. A witness that is
 * silent or refuses is logged and left out: the log goes on, its checkpoints do not count as witnessed.
 */
export function askWitnesses(witnesses: readonly KnownWitness[], options: { readonly quorum: number; readonly folder: string }): AskWitnesses {
  const sizes = new Map<string, number>();
  const post = (witness: KnownWitness, body: string): Promise<Response> => fetch(`${witness.url.replace(/\/$/, '')}/add-checkpoint`, { method: 'POST', body, signal: AbortSignal.timeout(ANSWER_MS) });
  const submit = async (witness: KnownWitness, note: string, size: number): Promise<Response> => {
    const old = sizes.get(witness.url) ?? 0;
    const proof = await consistencyProof(subtreesOf(fromFolder(options.folder), size), old, size);
    return post(witness, [`old ${old}`, ...proof.map((hash) => hash.toString('base64')), '', note].join('\n'));
  };
  const ask = async (witness: KnownWitness, note: string, size: number): Promise<NoteSignature | undefined> => {
    let reply = await submit(witness, note, size);
    if (reply.status === 409) {
      const known = Number((await reply.text()).trim());
      const isSize = Number.isSafeInteger(known) && known >= 0;
      if (isSize && known > size) throw new KnowsMore(witness.key.name, known);
      if (!isSize || known === sizes.get(witness.url)) throw new Error(`witness ${witness.key.name} refuses: it cosigned ${known} leaves`);
      sizes.set(witness.url, known);
      reply = await submit(witness, note, size);
    }
    if (reply.status !== 200) throw new Error(`witness ${witness.key.name} answers ${reply.status}`);
    const cosigned = findNote(note + (await reply.text()));
    if (cosigned === undefined || !isSignedBy(cosigned, witness.key)) throw new Error(`witness ${witness.key.name} answers another signature`);
    sizes.set(witness.url, size);
    return cosigned.signatures.find((signature) => signature.name === witness.key.name);
  };
  return async (note, size) => {
    let claimed = 0;
    const cosignatures = await Promise.all(witnesses.map((witness) => ask(witness, note, size).catch((cause: unknown) => {
      const more = cause instanceof KnowsMore;
      if (more) claimed = Math.max(claimed, cause.claimed);
      log(more ? 'error' : 'warn', more ? 'log-witness-knows-more' : 'log-witness-silent', { witness: witness.key.name, detail: cause instanceof Error ? cause.message : 'unknown' });
      return undefined;
    })));
    const got = cosignatures.filter((one) => one !== undefined);
    return { cosignatures: got, enough: witnesses.length > 0 && got.length >= options.quorum, claimed };
  };
}
