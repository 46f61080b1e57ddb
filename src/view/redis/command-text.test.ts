import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { CommandText } from './command-text.ts';

/** As RESP has it: how many arguments, and each behind its length in bytes. */
function written(args: readonly (string | Uint8Array)[]): Buffer {
  const parts = args.map((argument) => {
    const bytes = Buffer.from(argument as string);
    return Buffer.concat([Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n')]);
  });
  return Buffer.concat([Buffer.from(`*${args.length}\r\n`), ...parts]);
}

const text = fc.string({ unit: 'binary', maxLength: 400 });
const bytes = fc.uint8Array({ maxLength: 400 });

/** Where the count of digits, or the way of writing them, changes. */
const NUMBERS = Array.from({ length: 16 }, (_, digits) => [10 ** digits - 1, 10 ** digits]).flat();
const number = fc.oneof(fc.nat(100_000), fc.nat(), fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }));

test('commands are written as Redis reads them, whatever their arguments are and however long they get', () => {
  const commands = new CommandText();
  fc.assert(
    fc.property(fc.array(fc.tuple(text, text, fc.oneof(text, bytes), number), { maxLength: 8 }), (given) => {
      commands.restart();
      const expected = given.map(([plain, head, body, count]) => {
        commands.command(['EVAL', plain], 2);
        commands.open();
        const gap = commands.gap(7);
        commands.part(head);
        commands.decimal(count);
        commands.byte(0x20);
        commands.fillGap(gap, 7);
        commands.part(body);
        commands.close();
        commands.raw(Buffer.from(body as string));
        const begun = Buffer.from(`${head}${count} `);
        const digits = Buffer.from(String(begun.length).padStart(7, '0'));
        const whole = Buffer.concat([digits, begun, Buffer.from(body as string)]);
        return written(['EVAL', plain, whole, Buffer.from(body as string)]);
      });
      expect(commands.bytes().toString('latin1')).toBe(Buffer.concat(expected).toString('latin1'));
      expect(commands.count).toBe(given.length);
    }),
    { examples: NUMBERS.map((one): [[string, string, string, number][]] => [[['', '', '', one]]]) },
  );
});

test('a length that takes more digits than the text has units, and memory that grows', () => {
  for (const length of [4, 5, 9, 10, 33, 34, 99, 100, 340, 999, 1000, 40_000]) {
    const commands = new CommandText();
    commands.whole('SET', '\u65e5'.repeat(length), 'x');
    expect(commands.bytes()).toEqual(written(['SET', '\u65e5'.repeat(length), 'x']));
  }
});

test('what was written is written once more', () => {
  const commands = new CommandText();
  commands.command(['SADD'], 2);
  const from = commands.place;
  commands.text('\u65e5\u672c');
  commands.again(from, commands.place);
  for (let more = 0; more < 30_000; more += 1) commands.again(from, from + 12);
  expect(commands.bytes().subarray(0, 38)).toEqual(written(['SADD', '\u65e5\u672c', '\u65e5\u672c']));
  expect(commands.bytes().subarray(-24).toString()).toBe('$6\r\n\u65e5\u672c\r\n$6\r\n\u65e5\u672c\r\n');
});
