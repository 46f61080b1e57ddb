import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Line, MAX_LINE_BYTES, readLines } from './lines.ts';

async function linesOf(...chunks: readonly (string | Uint8Array)[]): Promise<readonly Line[]> {
  async function* chunked() {
    yield* chunks;
  }
  const lines: Line[] = [];
  for await (const line of readLines(chunked())) lines.push(line);
  return lines;
}

const line = (number: number, text: string): Line => ({ kind: 'line', number, text });
const tooLong = (number: number): Line => ({
  kind: 'unreadable',
  number,
  problem: 'the line is longer than 1048576 bytes',
});

describe('lines of a stream', () => {
  test('end with LF, CRLF or the stream, and blank ones only count', async () => {
    expect(await linesOf('a\nb\r\n\n  \r\nc')).toEqual([line(1, 'a'), line(2, 'b'), line(5, 'c')]);
    expect(await linesOf('')).toEqual([]);
    expect(await linesOf('a\n')).toEqual([line(1, 'a')]);
  });

  test('begin after a byte order mark, and only after the first', async () => {
    expect(await linesOf('\u{feff}a\n\u{feff}b')).toEqual([line(1, 'a'), line(2, '\u{feff}b')]);
    expect(await linesOf(Buffer.from('\u{feff}').subarray(0, 2), Buffer.from('\u{feff}a').subarray(2))).toEqual([
      line(1, 'a'),
    ]);
  });

  test('are the same however the stream is cut into chunks', async () => {
    const bytes = Buffer.from('{"a":"é😀"}\r\n\n{"b":"中文"}\n\u{feff}x\n{"c":1}');
    const expected = await linesOf(bytes);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 12 }), async (cuts) => {
        const sorted = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
        const chunks = sorted.slice(1).map((cut, index) => bytes.subarray(sorted[index], cut));
        expect(await linesOf(...chunks)).toEqual(expected);
      }),
    );
  });

  test('may be 1 MiB long and not a byte longer; the next one is read again', async () => {
    const most = 'x'.repeat(MAX_LINE_BYTES);
    expect(await linesOf(`\u{feff}${most}\r\n${most}`)).toEqual([line(1, most), line(2, most)]);
    expect(await linesOf(`${most}x\r\n`, 'a\n', `${most}x`)).toEqual([tooLong(1), line(2, 'a'), tooLong(3)]);
    expect(await linesOf(most, most, most, '\nb')).toEqual([tooLong(1), line(2, 'b')]);
  });

  test('that are not UTF-8 are told by their number', async () => {
    expect(await linesOf(Uint8Array.of(0x61, 10, 0xff, 10, 0x62))).toEqual([
      line(1, 'a'),
      { kind: 'unreadable', number: 2, problem: 'the line is not UTF-8' },
      line(3, 'b'),
    ]);
  });
});
