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
/** `$`, a length, and two line ends. */
const MOST_AROUND = 24;

const ASTERISK = 0x2a;
const DOLLAR = 0x24;
const ZERO = 0x30;

/** The buffer that `bytes` answers belongs to the next commands as soon as `restart` is called. */
export class CommandText {
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #end = 0;
  #count = 0;

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
    const { length } = text;
    this.#reserve(MOST_AROUND + MOST_OF_UNIT * length);
    const begun = this.#end;
    this.#header(DOLLAR, length);
    const from = this.#end;
    this.#write(text);
    this.#close(begun, from, length);
  }

  /** An argument of bytes and text: what many keys begin with need not be encoded for each. */
  prefixed(prefix: Uint8Array, text: string): void {
    const likely = prefix.length + text.length;
    this.#reserve(MOST_AROUND + prefix.length + MOST_OF_UNIT * text.length);
    const begun = this.#end;
    this.#header(DOLLAR, likely);
    const from = this.#end;
    this.#copy(prefix);
    this.#write(text);
    this.#close(begun, from, likely);
  }

  /** Where the next argument begins. */
  get place(): number {
    return this.#end;
  }

  /** The arguments that were written from one place to another, once more: that costs less than writing a text anew. */
  again(from: number, to: number): void {
    this.#reserve(to - from);
    const bytes = this.#bytes;
    let end = this.#end;
    for (let at = from; at < to; at += 1) bytes[end++] = bytes[at]!;
    this.#end = end;
  }

  /** An argument of bytes. */
  raw(bytes: Uint8Array): void {
    this.#reserve(MOST_AROUND + bytes.length);
    this.#header(DOLLAR, bytes.length);
    this.#copy(bytes);
    this.#line();
  }

  /** An argument of so many digits that say how many bytes of UTF-8 the head takes, the head, and the body. */
  headed(digits: number, head: string, body: string | Uint8Array): void {
    this.#reserve(MOST_AROUND + digits + MOST_OF_UNIT * (head.length + body.length));
    const begun = this.#end;
    const likely = digits + head.length + body.length;
    this.#header(DOLLAR, likely);
    const from = this.#end;
    this.#end += digits;
    this.#write(head);
    this.#number(this.#end - from - digits, from, from + digits);
    if (typeof body === 'string') this.#write(body);
    else this.#copy(body);
    this.#close(begun, from, likely);
  }

  /** Ends an argument whose header says `likely`: where it takes more bytes, it makes room for the header that it needs. */
  #close(begun: number, from: number, likely: number): void {
    const length = this.#end - from;
    if (length !== likely) {
      const wider = digitsOf(length) - digitsOf(likely);
      if (wider > 0) this.#bytes.copyWithin(from + wider, from, this.#end);
      this.#end = begun;
      this.#header(DOLLAR, length);
      this.#end += length;
    }
    this.#line();
  }

  #header(kind: number, count: number): void {
    const bytes = this.#bytes;
    let end = this.#end;
    bytes[end++] = kind;
    if (count < 10) bytes[end++] = ZERO + count;
    else if (count < 100) {
      const tens = (count / 10) | 0;
      bytes[end++] = ZERO + tens;
      bytes[end++] = ZERO + count - 10 * tens;
    } else {
      const digits = digitsOf(count);
      this.#number(count, end, end + digits);
      end += digits;
    }
    bytes[end++] = 0x0d;
    bytes[end++] = 0x0a;
    this.#end = end;
  }

  /** In decimal digits, from the place `from` up to `to`, with zeros in front. */
  #number(number: number, from: number, to: number): void {
    let rest = number;
    for (let at = to - 1; at >= from; at -= 1) {
      this.#bytes[at] = ZERO + (rest % 10);
      rest = Math.floor(rest / 10);
    }
  }

  #line(): void {
    this.#bytes[this.#end++] = 0x0d;
    this.#bytes[this.#end++] = 0x0a;
  }

  #write(text: string): void {
    const from = this.#end;
    const { length } = text;
    this.#end = length <= SHORT_UNITS ? asciiInto(this.#bytes, text, from) : from;
    if (this.#end < from + length) this.#end = from + this.#bytes.write(text, from);
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
  let digits = 1;
  for (let rest = count; rest >= 10; rest = Math.floor(rest / 10)) digits += 1;
  return digits;
}
