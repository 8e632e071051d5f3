/** Days from 1970-01-01 to 2000-01-01, where PostgreSQL's dates start. */
const EPOCH_DAYS = 10_957;
const DATE_OID = 1082;
const HEADER = Buffer.from('5047434f50590aff0d0a000000000000000000', 'hex');

const days = new Map<string, number>();

/** A plain date as PostgreSQL keeps it: days since 2000-01-01. */
export function postgresDate(date: string): number {
  let number = days.get(date);
  if (number !== undefined) return number;
  number = Math.round(Date.parse(`${date}T00:00:00Z`) / 86_400_000) - EPOCH_DAYS;
  if (days.size < 100_000) days.set(date, number);
  return number;
}

/** Rows in PostgreSQL's binary COPY format, written one field after the other. */
export class CopyBuffer {
  bytes: Buffer;
  #at = 0;

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafeSlow(size);
    this.#at = HEADER.copy(this.bytes);
  }

  /** Empties it, to be filled anew once what was in it is sent. */
  reset(): void {
    this.#at = HEADER.length;
  }

  /** Makes room and starts a row of so many fields. */
  startRow(fields: number, most: number): void {
    if (this.#at + most + 8 > this.bytes.length) this.bytes = Buffer.concat([this.bytes.subarray(0, this.#at)], Math.max(this.bytes.length * 2, this.#at + most + 8));
    this.#at = this.bytes.writeInt16BE(fields, this.#at);
  }

  /** Starts a field of so many bytes; returns where they go. */
  field(length: number): number {
    const at = this.bytes.writeInt32BE(length, this.#at);
    this.#at = at + length;
    return at;
  }

  /** Starts a field; returns its bytes, to be filled. */
  space(length: number): Buffer {
    const at = this.field(length);
    return this.bytes.subarray(at, at + length);
  }

  /** A uuid that stands among others, 16 bytes each. */
  putUuid(uuids: Buffer, number: number): void {
    const { bytes } = this;
    const at = this.field(16);
    for (let i = 0; i < 16; i += 1) bytes[at + i] = uuids[number * 16 + i] as number;
  }

  /** Fields that were written elsewhere, lengths and all: {@link fields}. */
  putFields(fields: Buffer): void {
    this.#at += fields.copy(this.bytes, this.#at);
  }

  skipNull(): void {
    this.#at = this.bytes.writeInt32BE(-1, this.#at);
  }

  int16(value: number): void {
    this.bytes.writeInt16BE(value, this.field(2));
  }

  int32(value: number): void {
    this.bytes.writeInt32BE(value, this.field(4));
  }

  /** An integer below 2^53. */
  int64(value: number): void {
    const at = this.field(8);
    this.bytes.writeInt32BE(Math.floor(value / 0x1_0000_0000), at);
    this.bytes.writeUInt32BE(value % 0x1_0000_0000, at + 4);
  }

  date(value: string | null): void {
    if (value === null) this.skipNull();
    else this.int32(postgresDate(value));
  }

  /** One-dimensional, with null elements. */
  dates(values: readonly (string | null)[]): void {
    let at = this.field(20 + values.reduce((sum, value) => sum + (value === null ? 4 : 8), 0));
    for (const number of [1, 1, DATE_OID, values.length, 1, ...values.flatMap((value) => (value === null ? [-1] : [4, postgresDate(value)]))]) at = this.bytes.writeInt32BE(number, at);
  }

  /** The fields written so far, to be put into many rows. */
  fields(): Buffer {
    return Buffer.from(this.bytes.subarray(HEADER.length, this.#at));
  }

  /** Everything written, ready to be sent. */
  finish(): Buffer {
    this.startRow(-1, 0);
    return this.bytes.subarray(0, this.#at);
  }
}
