import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { AnswerMemory } from './answer-memory.ts';

const length = fc.oneof(fc.constantFrom(0, 1, 65_535, 65_536, 524_288, 524_289), fc.nat(600_000));

test('what is lent is lent to nobody else until it is given back, whatever the order', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(length, fc.boolean(), fc.nat()), { maxLength: 60, size: 'max' }), (steps) => {
      const memory = new AnswerMemory();
      const held: { readonly bytes: Buffer; readonly mark: number }[] = [];
      for (const [mark, [bytes, givesBack, which]] of steps.entries()) {
        const lent = memory.lend(bytes);
        expect(lent).toHaveLength(bytes);
        lent.fill(mark);
        held.push({ bytes: lent, mark });
        if (!givesBack) continue;
        const [gone] = held.splice(which % held.length, 1);
        memory.takeBack(gone!.bytes);
        memory.takeBack(gone!.bytes);
      }
      for (const { bytes, mark } of held) expect(bytes.every((byte) => byte === mark)).toBe(true);
    }),
    { numRuns: 30 },
  );
});

test('what was given back serves again', () => {
  const memory = new AnswerMemory();
  const first = memory.lend(300_000);
  memory.takeBack(first);
  expect(memory.lend(500_000).buffer).toBe(first.buffer);
  expect(memory.lend(500_000).buffer).not.toBe(first.buffer);
});
