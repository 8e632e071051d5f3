import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The keys that the platform runs on. None of them opens an identity. */
export interface KeyRing {
  /** 32 bytes: keys the blind indexes, the beneficiary and contract hashes. Kept apart from the database. */
  readonly indexKey: Buffer;
  readonly indexKeyVersion: number;
  /** 32 bytes: tells decoy persons from real ones; nothing else does (docs/decisions/guard.md). Kept apart from the database. */
  readonly decoyKey: Buffer;
  /** Ed25519: signs guarantees and return reports. */
  readonly signingKey: KeyObject;
  readonly verifyingKey: KeyObject;
  readonly signingKeyId: string;
}

/** Reads a secret's file, or makes it once with mode 600. Two makers at once: the first one's content wins, and nobody reads half of it. */
export function readOrMake(file: string, make: () => Buffer | string): Buffer {
  if (!existsSync(file)) {
    const part = `${file}.${process.pid}`;
    writeFileSync(part, make(), { mode: 0o600 });
    try {
      linkSync(part, file);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    } finally {
      rmSync(part);
    }
  }
  return readFileSync(file);
}

/** The Ed25519 private key of a file, made on first use. @throws Error when the file holds another kind of key. */
export function ed25519Of(file: string): KeyObject {
  const key = createPrivateKey(readOrMake(file, () => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' })));
  if (key.asymmetricKeyType !== 'ed25519') throw new Error(`${file} is no Ed25519 private key (it is ${key.asymmetricKeyType}): put the right one back`);
  return key;
}

/** The key that signs the journal's checkpoints: Ed25519, made on first use. Only the process `log` opens it. */
export function openLogKey(folder: string): KeyObject {
  return ed25519Of(join(folder, 'log-1.pem'));
}

/**
 * The key ring of one machine: files in `folder`, made on first use.
 * @throws when the folder cannot be read: no key ring, no start.
 */
export function openKeyRing(folder: string): KeyRing {
  const indexKey = readOrMake(join(folder, 'index-1.key'), () => randomBytes(32));
  const decoyKey = readOrMake(join(folder, 'decoy-1.key'), () => randomBytes(32));
  const signingKey = ed25519Of(join(folder, 'signing-1.pem'));
  return { indexKey, indexKeyVersion: 1, decoyKey, signingKey, verifyingKey: createPublicKey(signingKey), signingKeyId: 'sign-1' };
}
