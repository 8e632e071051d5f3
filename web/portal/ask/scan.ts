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

/** Keys after which nothing more comes from a scanner. */
const OVER = /^(Tab|Backspace|Delete|Escape|Home|End|Arrow)/;

// A text field, which what was held back can be given back to. A date takes none: it is left as it is.
function textField(target: EventTarget | null): HTMLInputElement | undefined {
  return target instanceof HTMLInputElement && target.selectionStart !== null ? target : undefined;
}

function insert(field: HTMLInputElement, text: string): void {
  field.setRangeText(text, field.selectionStart ?? 0, field.selectionEnd ?? 0, 'end');
  field.dispatchEvent(new InputEvent('input', { bubbles: true }));
}

function takeOut(field: HTMLInputElement, text: string): void {
  const end = field.selectionStart ?? 0;
  if (field.value.slice(0, end).endsWith(text)) field.setRangeText('', end - text.length, end, 'end');
  field.dispatchEvent(new InputEvent('input', { bubbles: true }));
}

/**
 * Listens for a hand-held scanner anywhere on the page: characters faster than fingers, then Enter. What turns out to be
 * no card was typed by a fast hand, and stays in its field.
 * @returns how to stop listening.
 */
export function listenForScanner(onScan: (text: string) => void): () => void {
  let typed = '';
  let last = 0;
  let held = '';
  let field: HTMLInputElement | undefined;
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const giveBack = (): void => {
    clearTimeout(waiting);
    if (held !== '' && field !== undefined) insert(field, held);
    [typed, held] = ['', ''];
  };
  const hold = (event: KeyboardEvent): void => {
    event.preventDefault();
    // Nor is a letter of it a key of the answer's.
    event.stopPropagation();
    field = textField(event.target);
    held += event.key;
    clearTimeout(waiting);
    waiting = setTimeout(giveBack, FALTER_MS);
  };
  const end = (event: KeyboardEvent): void => {
    if (readScan(typed).kind === 'none' && held !== '' && textField(event.target) !== undefined) return giveBack();
    event.preventDefault();
    event.stopPropagation();
    const text = typed;
    const into = textField(event.target);
    // What came before it was surely a scanner is not the field's either.
    if (into !== undefined && held !== '') takeOut(into, text.slice(0, SURE));
    held = '';
    giveBack();
    onScan(text);
  };
  const listen = (event: KeyboardEvent): void => {
    // The field for codes reads by itself.
    if (event.ctrlKey || event.metaKey || event.altKey || (event.target as Element).matches('[data-scan]')) return;
    const now = event.timeStamp;
    if (now - last > (typed.length > SURE ? FALTER_MS : GAP_MS)) giveBack();
    last = now;
    if (OVER.test(event.key)) giveBack();
    else if (event.key === 'Enter' && typed.length > SURE) end(event);
    else if (event.key.length === 1) {
      typed += event.key;
      // The field that has the focus is not to be filled with a code.
      if (typed.length > SURE) hold(event);
    }
  };
  document.addEventListener('keydown', listen, true);
  document.addEventListener('focusout', giveBack, true);
  return () => {
    giveBack();
    document.removeEventListener('keydown', listen, true);
    document.removeEventListener('focusout', giveBack, true);
  };
}
