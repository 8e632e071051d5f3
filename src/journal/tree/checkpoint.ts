import { findNote, isSignedBy, type Note, type NoteKey } from './note.ts';
import type { Head } from './merkle.ts';

/** A tree's head as its log states it (C2SP tlog-checkpoint). */
export interface Checkpoint extends Head {
  readonly origin: string;
}

/** The text of a checkpoint's note. */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${root.toString('base64')}\n`;
}

/** Reads the text of a checkpoint's note; undefined when it is none. Extension lines are left aside. */
export function findCheckpoint(text: string): Checkpoint | undefined {
  const [origin = '', size = '', root = ''] = text.split('\n');
  const bytes = Buffer.from(root, 'base64');
  if (origin === '' || !/^(0|[1-9]\d{0,14})$/.test(size) || bytes.length !== 32 || bytes.toString('base64') !== root) return undefined;
  return { origin, size: Number(size), root: bytes };
}

/** A checkpoint that was read together with the note that states it. */
export interface SignedCheckpoint extends Checkpoint {
  readonly note: Note;
}

/** Reads a published checkpoint signed by `key`; its origin is the key's name. Undefined when it is not. */
export function openCheckpoint(bytes: string, key: NoteKey): SignedCheckpoint | undefined {
  const note = findNote(bytes);
  const checkpoint = note === undefined ? undefined : findCheckpoint(note.text);
  if (note === undefined || checkpoint === undefined || checkpoint.origin !== key.name || !isSignedBy(note, key)) return undefined;
  return { ...checkpoint, note };
}

/** How many of these witnesses cosigned it. */
export function countWitnesses(checkpoint: SignedCheckpoint, witnesses: readonly NoteKey[]): number {
  return witnesses.filter((witness) => isSignedBy(checkpoint.note, witness)).length;
}
