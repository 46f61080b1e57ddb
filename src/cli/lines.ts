/** A stream of bytes as numbered lines, holding one line at a time. */

/** `problem` says why the line can't be read; blank lines are numbered but not given. */
export type Line =
  | { readonly kind: 'line'; readonly number: number; readonly text: string }
  | { readonly kind: 'unreadable'; readonly number: number; readonly problem: string };

/** Longest line in bytes, without its end: the API takes bodies up to 1 MiB. */
export const MAX_LINE_BYTES = 1024 * 1024;

const NEWLINE = 10;
const CARRIAGE_RETURN = 13;
const BYTE_ORDER_MARK = Buffer.from('\u{feff}');

interface Pending {
  number: number;
  parts: Uint8Array[];
  bytes: number;
}

/** Lines end with LF or CRLF, the last one also with the stream. A byte order mark at the start is left out. */
export async function* readLines(input: AsyncIterable<Uint8Array | string>): AsyncGenerator<Line, void, undefined> {
  const pending: Pending = { number: 1, parts: [], bytes: 0 };
  for await (const given of input) {
    const chunk = typeof given === 'string' ? Buffer.from(given) : given;
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      add(pending, chunk.subarray(start, end));
      yield* take(pending);
      start = end + 1;
    }
    add(pending, chunk.subarray(start));
  }
  yield* take(pending);
}

/** What goes past the limit is counted and dropped, so that a file without newlines does not fill the memory. */
function add(pending: Pending, part: Uint8Array): void {
  pending.bytes += part.length;
  if (part.length > 0 && pending.bytes <= MAX_LINE_BYTES + BYTE_ORDER_MARK.length + 1) pending.parts.push(part);
}

function* take(pending: Pending): Generator<Line, void, undefined> {
  const { number, parts, bytes } = pending;
  pending.number += 1;
  pending.parts = [];
  pending.bytes = 0;
  const whole = Buffer.concat(parts);
  const marked = number === 1 && whole.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
  const ended = whole.at(-1) === CARRIAGE_RETURN;
  const line = whole.subarray(marked ? BYTE_ORDER_MARK.length : 0, ended ? -1 : undefined);
  if (bytes > whole.length || line.length > MAX_LINE_BYTES) {
    yield { kind: 'unreadable', number, problem: `the line is longer than ${MAX_LINE_BYTES} bytes` };
    return;
  }
  const text = decode(line);
  if (text === undefined) yield { kind: 'unreadable', number, problem: 'the line is not UTF-8' };
  else if (text.trim() !== '') yield { kind: 'line', number, text };
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
