/** What waits while the browser is away at the identity provider: the session's key, under a one-time name. */
export interface Stashed {
  readonly keys: CryptoKeyPair;
  readonly verifier: string;
  readonly invitation?: string;
  readonly at: number;
}

const NAME = 'rempart-sign-in';
const STORE = 'away';
const LIFE_MS = 600_000;

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.addEventListener('upgradeneeded', () => request.result.createObjectStore(STORE));
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(new Error('IndexedDB is closed to this page', { cause: request.error })));
  });
}

async function run<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const request = work(transaction.objectStore(STORE));
      transaction.addEventListener('complete', () => resolve(request.result));
      transaction.addEventListener('error', () => reject(new Error('IndexedDB failed', { cause: transaction.error })));
    });
  } finally {
    database.close();
  }
}

/** Puts the key aside under a name that is used once. */
export async function stash(name: string, value: Stashed): Promise<void> {
  await run('readwrite', (store) => store.put(value, name));
}

/** Takes the key back and deletes it, with every other that was left behind. */
export async function unstash(name: string): Promise<Stashed | undefined> {
  const found = await run<Stashed | undefined>('readonly', (store) => store.get(name) as IDBRequest<Stashed | undefined>);
  await run('readwrite', (store) => store.clear());
  return found !== undefined && Date.now() - found.at < LIFE_MS ? found : undefined;
}

/** Deletes whatever a sign-in that was not finished left behind. */
export async function clearStash(): Promise<void> {
  await run('readwrite', (store) => store.clear());
}
