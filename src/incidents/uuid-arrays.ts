/** Bytes before what a binary COPY tells; before a tuple's only column, whose length stands in the last four of them; before an array's elements. */
const [COPY_HEAD, TUPLE_HEAD, LENGTH_AT, ARRAY_HEAD] = [19, 6, 2, 20];
/** Words of four bytes: of a uuid, and of an array's element, which begins with its length. */
const [UUID_WORDS, ELEMENT_WORDS, ELEMENT_BYTES] = [4, 5, 20];

/**
 * A binary COPY of one column of arrays of uuids, none of them null, read as it comes (PostgreSQL, "COPY", binary format; an array as `array_send` gives it).
 * Its buffers are used again: what is thrown away is collected while two processes wait.
 */
export class UuidArrays {
  /** Elements of the array begun that are still to come; -1 before the head of all is read. */
  #left = -1;
  #sent = Buffer.alloc(0);
  #rest = 0;
  #elements = new Int32Array(0);
  #uuids = new Int32Array(0);

  // What was left of the pieces before, and this one.
  #append(piece: Buffer): Buffer {
    const sent = this.#sent.length < this.#rest + piece.length ? Buffer.concat([this.#sent.subarray(0, this.#rest), Buffer.alloc(2 * piece.length)]) : this.#sent;
    piece.copy(sent, this.#rest);
    this.#sent = sent;
    return sent.subarray(0, this.#rest + piece.length);
  }

  // Elements stand at no even place, and words are moved ten times as fast as so many uuids are copied.
  #take(elements: Buffer): Buffer {
    const [words, n] = [elements.length / 4, elements.length / 4 / ELEMENT_WORDS];
    if (this.#elements.length < words) [this.#elements, this.#uuids] = [new Int32Array(words), new Int32Array(n * UUID_WORDS)];
    new Uint8Array(this.#elements.buffer).set(elements);
    for (let from = 1, to = 0; from < words; from += ELEMENT_WORDS, to += UUID_WORDS) for (let word = 0; word < UUID_WORDS; word += 1) this.#uuids[to + word] = this.#elements[from + word] as number;
    return Buffer.from(this.#uuids.buffer, 0, n * UUID_WORDS * 4);
  }

  /** Uuids that this piece of any length completes, 16 bytes each, in buffers good until the next one: whoever keeps one copies it. */
  * in(piece: Buffer): Generator<Buffer> {
    const sent = this.#append(piece);
    let at = 0;
    if (this.#left < 0 && sent.length >= COPY_HEAD) [this.#left, at] = [0, COPY_HEAD];
    while (this.#left >= 0) {
      const whole = Math.min(this.#left, Math.floor((sent.length - at) / ELEMENT_BYTES));
      if (whole > 0) yield this.#take(sent.subarray(at, at + whole * ELEMENT_BYTES));
      this.#left -= whole;
      at += whole * ELEMENT_BYTES;
      if (this.#left > 0 || sent.length < at + TUPLE_HEAD + ARRAY_HEAD) break;
      const length = sent.readInt32BE(at + LENGTH_AT);
      this.#left = Math.max(0, (length - ARRAY_HEAD) / ELEMENT_BYTES);
      at += TUPLE_HEAD + Math.min(length, ARRAY_HEAD);
    }
    this.#rest = sent.copy(this.#sent, 0, at);
  }
}
