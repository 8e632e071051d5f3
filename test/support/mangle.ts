/** A small seeded generator (mulberry32): the same seed gives the same run. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const JUNK: readonly unknown[] = [null, true, -1, 0.5, 1e308, '', ' ', 'é', '<script>', '\u0000', '\uD800', '🙂'.repeat(40), 'x'.repeat(5000), [], {}, [[[[]]]], { toString: 1 }, '2026-02-30', '1 or 1=1', "'; drop table --", '../../etc', '٠١٢٣'];

type Place = { readonly holder: Record<string, unknown>; readonly key: string };

function placesOf(value: unknown, found: Place[] = []): Place[] {
  if (typeof value !== 'object' || value === null) return found;
  for (const key of Object.keys(value)) {
    found.push({ holder: value as Record<string, unknown>, key });
    placesOf((value as Record<string, unknown>)[key], found);
  }
  return found;
}

/** A damaged copy of a request: a field replaced, removed, renamed or added, or the text itself cut, swapped or doubled. */
export function mangle(good: object, random: () => number): string {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const copy = structuredClone(good) as Record<string, unknown>;
  const { holder, key } = pick(placesOf(copy));
  const kind = Math.floor(random() * 8);
  if (kind <= 2) holder[key] = pick(JUNK);
  else if (kind === 3) delete holder[key];
  else if (kind === 4) holder[`${key}${pick(['X', '__proto__', '\u0000', ' '])}`] = pick(JUNK);
  const text = JSON.stringify(copy);
  const at = Math.floor(random() * text.length);
  if (kind === 5) return text.slice(0, at);
  if (kind === 6) return text.slice(0, at) + pick(['{', '}', '"', '\\', '\u0000', '[[[[', 'é']) + text.slice(at + 1);
  return kind === 7 ? `${'['.repeat(Math.floor(random() * 60))}${text}` : text;
}
