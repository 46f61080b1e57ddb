/**
 * Many texts and numbers as one argument of a script, in MessagePack: a Redis script unpacks it in one step. Many small
 * arguments are dear: Node.js and Redis make, send, find and keep each of them several times.
 */

const ARRAY_32 = 0xdd;
const TEXT_16 = 0xda;
const TEXT_32 = 0xdb;
const UINT_16 = 0xcd;
const UINT_32 = 0xce;

const FIRST_BYTES = 64 * 1024;
/** A UTF-16 unit takes at most so many bytes of UTF-8. */
const MOST_OF_UNIT = 3;
/** Of text that short the length takes two bytes, whatever characters it has. */
const SHORT_UNITS = Math.floor(0xffff / MOST_OF_UNIT);

/**
 * Writes nested arrays. An array's items follow its `array` call; nothing checks that there are as many as it says. The
 * buffer that `bytes` answers belongs to the next text as soon as `restart` is called.
 */
export class Packing {
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #end = 0;

  /** Begins anew, in the same memory. */
  restart(): void {
    this.#end = 0;
  }

  /** What was written since the last restart: not a copy. */
  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#end);
  }

  /** How much memory is kept for the next text. Bytes. */
  get size(): number {
    return this.#bytes.length;
  }

  /** The next so many items are one array. */
  array(length: number): void {
    this.#long(ARRAY_32, length);
  }

  /** Where an array begins whose length isn't known yet; `setLength` says it later. */
  openArray(): number {
    this.array(0);
    return this.#end - 4;
  }

  setLength(array: number, length: number): void {
    this.#bytes.writeUInt32BE(length, array);
  }

  /** As UTF-8. */
  text(text: string): void {
    this.joined(text, '');
  }

  /** One text of two parts; the second one may be UTF-8 already. */
  joined(first: string, second: string | Uint8Array): void {
    const type = first.length + second.length <= SHORT_UNITS ? TEXT_16 : TEXT_32;
    this.#reserve(5 + MOST_OF_UNIT * (first.length + second.length));
    const from = this.#begin(type);
    this.#write(first);
    if (typeof second === 'string') this.#write(second);
    else this.#copy(second);
    this.#close(type, from);
  }

  /** Leaves room for a text's length; answers where the text begins. */
  #begin(type: number): number {
    this.#bytes[this.#end] = type;
    this.#end += type === TEXT_16 ? 3 : 5;
    return this.#end;
  }

  #close(type: number, from: number): void {
    if (type === TEXT_16) this.#bytes.writeUInt16BE(this.#end - from, from - 2);
    else this.#bytes.writeUInt32BE(this.#end - from, from - 4);
  }

  /** One text of two parts, behind so many digits that say how many bytes of UTF-8 the first one takes. */
  headed(digits: number, head: string, second: string | Uint8Array): void {
    this.#reserve(5 + digits + MOST_OF_UNIT * (head.length + second.length));
    const from = this.#begin(TEXT_32);
    this.#end += digits;
    this.#write(head);
    let length = this.#end - from - digits;
    for (let at = from + digits - 1; at >= from; at -= 1) {
      this.#bytes[at] = 0x30 + (length % 10);
      length = Math.floor(length / 10);
    }
    if (typeof second === 'string') this.#write(second);
    else this.#copy(second);
    this.#close(TEXT_32, from);
  }

  /** A whole number, 0 … 2^32 - 1. */
  number(number: number): void {
    this.#reserve(5);
    if (number < 0x80) this.#bytes[this.#end++] = number;
    else if (number < 0x1_00_00) {
      this.#bytes[this.#end++] = UINT_16;
      this.#end = this.#bytes.writeUInt16BE(number, this.#end);
    } else this.#long(UINT_32, number);
  }

  #long(type: number, number: number): void {
    this.#reserve(5);
    this.#bytes[this.#end++] = type;
    this.#end = this.#bytes.writeUInt32BE(number, this.#end);
  }

  #write(text: string): void {
    if (text !== '') this.#end += this.#bytes.write(text, this.#end);
  }

  #copy(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  #reserve(more: number): void {
    if (this.#end + more <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(2 * this.#bytes.length, this.#end + more));
    this.#bytes.copy(grown, 0, 0, this.#end);
    this.#bytes = grown;
  }
}
