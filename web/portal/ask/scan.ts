import { findCardCode, findObservedCard, type ObservedCard } from '../../../src/identifiers/index.ts';

/** What a scan gave: our signed code, today's card as observed, or nothing we know. */
export type Scan = { readonly kind: 'code'; readonly code: string } | { readonly kind: 'observed'; readonly card: ObservedCard } | { readonly kind: 'none' };

/** Reads scanned text, whichever keyboard it was typed on. */
export function readScan(text: string): Scan {
  const code = findCardCode(text);
  if (code !== undefined) return { kind: 'code', code };
  const card = findObservedCard(text);
  return card === undefined ? { kind: 'none' } : { kind: 'observed', card };
}

// The reader is fetched when it is first used, from our own host.
let reader: Promise<typeof import('zxing-wasm/reader')> | undefined;

/** Fetches the barcode reader ahead of its first use. */
export function loadReader(): Promise<typeof import('zxing-wasm/reader')> {
  reader ??= Promise.all([import('zxing-wasm/reader'), import('zxing-wasm/reader/zxing_reader.wasm?url')]).then(async ([module, wasm]) => {
    await module.prepareZXingModule({ overrides: { locateFile: () => wasm.default }, fireImmediately: true });
    return module;
  });
  reader.catch(() => { reader = undefined; });
  return reader;
}

/** The text of a DataMatrix in a picture; undefined when there is none. */
export async function readPicture(picture: Blob | ImageData): Promise<string | undefined> {
  const { readBarcodes } = await loadReader();
  const found = await readBarcodes(picture, { formats: ['DataMatrix', 'QRCode'], tryHarder: true, maxNumberOfSymbols: 1 });
  return found[0]?.text;
}

const GAP_MS = 60;
/** Once it is surely a scanner, it may falter: a busy computer, a wireless one. */
const FALTER_MS = 500;
const SURE = 6;

/**
 * Listens for a hand-held scanner anywhere on the page: characters faster than fingers, then Enter.
 * @returns how to stop listening.
 */
export function listenForScanner(onScan: (text: string) => void): () => void {
  let typed = '';
  let last = 0;
  const listen = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const now = event.timeStamp;
    if (now - last > (typed.length > SURE ? FALTER_MS : GAP_MS)) typed = '';
    last = now;
    if (event.key === 'Enter' && typed.length > SURE) {
      event.preventDefault();
      event.stopPropagation();
      onScan(typed);
      typed = '';
    } else if (event.key.length === 1) {
      typed += event.key;
      // The field that has the focus is not to be filled with a code.
      if (typed.length > SURE && !(event.target as Element).matches('[data-scan]')) event.preventDefault();
    }
  };
  document.addEventListener('keydown', listen, true);
  return () => document.removeEventListener('keydown', listen, true);
}
