/**
 * Commands as the bytes that Redis reads (RESP: https://redis.io/docs/latest/develop/reference/protocol-spec/), many of
 * them in one piece of memory. The client library encodes each argument on its own and hands it to the socket on its own,
 * which costs a replay more than everything else that is done to send it.
 */

const FIRST_BYTES = 64 * 1024;
/** A UTF-16 unit takes at most so many bytes of UTF-8. */
const MOST_OF_UNIT = 3;
/** Text that short, an id say, is written faster here than by a call of Node's, where it is ASCII. */
const SHORT_UNITS = 128;
/** The same of bytes that are copied. */
const SHORT_BYTES = 32;
/** So many digits tell how long most arguments of several parts are. */
const LIKELY_DIGITS = 3;
const SMALL_DIGITS = 9;
const SMALL = 10 ** SMALL_DIGITS;
/** `$`, a length, and two line ends. */
const MOST_AROUND = 24;

const ASTERISK = 0x2a;
const DOLLAR = 0x24;
const ZERO = 0x30;

/** The buffer that `bytes` answers belongs to the next commands as soon as `restart` is called. */
export class CommandText {
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  /** The same memory. */
  #words = new DataView(this.#bytes.buffer);
  #end = 0;
  #count = 0;
  /** Where the argument that is open begins, and how many digits of its length there is room for. */
  #begun = 0;
  #guessed = 0;

  /** Begins anew, in the same memory. */
  restart(): void {
    this.#end = 0;
    this.#count = 0;
  }

  /** What was written since the last restart: not a copy. */
  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#end);
  }

  /** How many commands were begun since the last restart. */
  get count(): number {
    return this.#count;
  }

  /** How much memory is kept for the next commands. Bytes. */
  get size(): number {
    return this.#bytes.length;
  }

  /** A command and its first arguments; `more` arguments follow. Nothing checks that there are as many. */
  command(words: readonly string[], more: number): void {
    this.#count += 1;
    this.#reserve(MOST_AROUND);
    this.#header(ASTERISK, words.length + more);
    for (const word of words) this.text(word);
  }

  /** A command and all its arguments. */
  whole(...words: readonly string[]): void {
    this.command(words, 0);
  }

  /** An argument, as UTF-8. */
  text(text: string): void {
    this.#open(digitsOf(text.length));
    this.part(text);
    this.close();
  }

  /** An argument of bytes. */
  raw(bytes: Uint8Array): void {
    this.#open(digitsOf(bytes.length));
    this.part(bytes);
    this.close();
  }

  /** Begins an argument of several parts, which `close` ends; its length has so many digits, if the guess is right. */
  open(likelyDigits = LIKELY_DIGITS): void {
    this.#open(likelyDigits);
  }

  /** A part of an argument: text, as UTF-8, or bytes. */
  part(part: string | Uint8Array): void {
    if (typeof part === 'string') this.#write(part);
    else this.#copy(part);
  }

  /** A part of an argument: a whole number from 0 on, in decimal digits. */
  decimal(number: number): void {
    const digits = digitsOf(number);
    this.#reserve(digits);
    this.#number(number, this.#end, this.#end + digits);
    this.#end += digits;
  }

  /** A part of an argument: one byte. */
  byte(byte: number): void {
    this.#reserve(1);
    this.#bytes[this.#end++] = byte;
  }

  /** Leaves room for so many digits, in an argument; answers where, for `fillGap`. */
  gap(digits: number): number {
    this.#reserve(digits);
    this.#end += digits;
    return this.#end;
  }

  /** Writes into the gap how many bytes came behind it. */
  fillGap(end: number, digits: number): void {
    this.#number(this.#end - end, end - digits, end);
  }

  /** Ends an argument. Where its length takes other digits than was thought, it makes room for them. */
  close(): void {
    this.#reserve(MOST_AROUND);
    const from = this.#begun + this.#guessed + 3;
    const length = this.#end - from;
    const digits = digitsOf(length);
    if (digits !== this.#guessed) this.#bytes.copyWithin(from + digits - this.#guessed, from, this.#end);
    this.#end = this.#begun;
    this.#header(DOLLAR, length);
    this.#end += length;
    this.#line();
  }

  /** Where the next argument begins. */
  get place(): number {
    return this.#end;
  }

  /** The arguments that were written from one place to another, once more: that costs less than writing a text anew. */
  again(from: number, to: number): void {
    this.#reserve(to - from);
    const bytes = this.#bytes;
    const words = this.#words;
    let end = this.#end;
    let at = from;
    for (; at + 4 <= to; at += 4, end += 4) words.setUint32(end, words.getUint32(at));
    while (at < to) bytes[end++] = bytes[at++]!;
    this.#end = end;
  }

  #open(digits: number): void {
    this.#reserve(MOST_AROUND);
    this.#begun = this.#end;
    this.#guessed = digits;
    this.#end += digits + 3;
  }

  #header(kind: number, count: number): void {
    const bytes = this.#bytes;
    const digits = digitsOf(count);
    bytes[this.#end++] = kind;
    this.#number(count, this.#end, this.#end + digits);
    this.#end += digits;
    this.#line();
  }

  /** In decimal digits, from the place `from` up to `to`, with zeros in front. */
  #number(number: number, from: number, to: number): void {
    if (number < SMALL) {
      this.#small(number, from, to);
      return;
    }
    // Numbers of 31 bits are divided several times as fast as larger ones.
    const high = Math.floor(number / SMALL);
    this.#number(high, from, to - SMALL_DIGITS);
    this.#small(number - high * SMALL, to - SMALL_DIGITS, to);
  }

  #small(number: number, from: number, to: number): void {
    const bytes = this.#bytes;
    let rest = number | 0;
    for (let at = to - 1; at >= from; at -= 1) {
      const tenth = (rest / 10) | 0;
      bytes[at] = ZERO + rest - 10 * tenth;
      rest = tenth;
    }
  }

  #line(): void {
    this.#bytes[this.#end++] = 0x0d;
    this.#bytes[this.#end++] = 0x0a;
  }

  #write(text: string): void {
    const from = this.#end;
    const { length } = text;
    this.#reserve(MOST_AROUND + MOST_OF_UNIT * length);
    this.#end = length <= SHORT_UNITS ? asciiInto(this.#bytes, text, from) : from;
    if (this.#end < from + length) this.#end = from + this.#bytes.write(text, from);
  }

  #copy(bytes: Uint8Array): void {
    const { length } = bytes;
    this.#reserve(MOST_AROUND + length);
    const own = this.#bytes;
    const from = this.#end;
    if (length > SHORT_BYTES) own.set(bytes, from);
    else for (let at = 0; at < length; at += 1) own[from + at] = bytes[at]!;
    this.#end = from + length;
  }

  #reserve(more: number): void {
    if (this.#end + more <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(2 * this.#bytes.length, this.#end + more));
    this.#bytes.copy(grown, 0, 0, this.#end);
    this.#bytes = grown;
    this.#words = new DataView(grown.buffer);
  }
}

/** Writes text up to the first character that isn't ASCII; answers where it has come to. */
function asciiInto(bytes: Uint8Array, text: string, from: number): number {
  const { length } = text;
  for (let at = 0; at < length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit >= 0x80) return from + at;
    bytes[from + at] = unit;
  }
  return from + length;
}

function digitsOf(count: number): number {
  if (count < 100) return count < 10 ? 1 : 2;
  let digits = 3;
  for (let least = 1000; count >= least; least *= 10) digits += 1;
  return digits;
}
