import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { appended, record, recordsToEnd } from '../log-under-test.conformance.ts';
import { openEmbeddedLog } from './embedded-log.ts';

const PARTITIONS = 2;

type Step =
  | { readonly kind: 'append'; readonly records: readonly { partition: number; key: string; deleted: boolean }[] }
  | { readonly kind: 'compact'; readonly laterMs: number }
  | { readonly kind: 'reopen' };

const oneRecord = fc.record({
  partition: fc.nat(PARTITIONS - 1),
  key: fc.constantFrom('a', 'b', 'c', 'd', ''),
  deleted: fc.boolean(),
});

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 10,
      arbitrary: fc.record({
        kind: fc.constant('append' as const),
        records: fc.array(oneRecord, { minLength: 1, maxLength: 8 }),
      }),
    },
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('compact' as const), laterMs: fc.nat(1500) }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'reopen' as const }) },
  ),
  { minLength: 1, maxLength: 25 },
);

interface Written {
  readonly key: string;
  readonly value: string | null;
  readonly timestamp: number;
}

/** What the rules say, told independently of how the log keeps it: all that was ever written, by offset. */
class Told {
  readonly written: Written[][] = Array.from({ length: PARTITIONS }, () => []);

  fold(partition: number): Map<string, string> {
    return foldOf(this.written[partition] ?? []);
  }
}

function foldOf(records: readonly { readonly key: string; readonly value: string | null }[]): Map<string, string> {
  const fold = new Map<string, string>();
  for (const { key, value } of records) {
    if (value === null) fold.delete(key);
    else fold.set(key, value);
  }
  return fold;
}

async function check(log: Parameters<typeof recordsToEnd>[0], told: Told): Promise<void> {
  for (const [partition, written] of told.written.entries()) {
    const found = (await recordsToEnd(log, partition)).map(({ key, value, offset, timestamp }) => ({
      key: Buffer.from(key).toString(),
      value: value === null ? null : Buffer.from(value).toString(),
      offset,
      timestamp,
    }));
    // What is left is what was written, unchanged and at its offset; its fold is that of all that was written.
    for (const { offset, ...rest } of found) expect(rest).toEqual(written[offset]);
    expect(foldOf(found)).toEqual(told.fold(partition));
    if (written.length > 0) expect(found.at(-1)?.offset).toBe(written.length - 1);
  }
}

test('appends, deletes, compactions and reopens in any order: the fold of the log is that of everything written', async () => {
  const lags = fc.constantFrom(0, 300);
  const retentions = fc.constantFrom(0, 500, 86_400_000);
  await fc.assert(
    fc.asyncProperty(steps, lags, retentions, async (story, minCompactionLagMs, deleteRetentionMs) => {
      const directory = await mkdtemp(join(tmpdir(), 'kmodel-property-'));
      const options = {
        directory,
        partitions: PARTITIONS,
        compactionIntervalMs: 0,
        minCompactionLagMs,
        deleteRetentionMs,
      };
      let log = await openEmbeddedLog(options);
      const told = new Told();
      let nowMs = 1_000_000;
      try {
        for (const [turn, step] of story.entries()) {
          if (step.kind === 'compact') {
            nowMs += step.laterMs;
            await log.compact(nowMs);
          } else if (step.kind === 'reopen') {
            await log.close();
            log = await openEmbeddedLog(options);
          } else {
            const written = step.records.map(({ partition, key, deleted }, i) => ({
              partition,
              key,
              value: deleted ? null : `${turn}-${i}`,
              timestamp: nowMs,
            }));
            const places = appended(
              await log.append(
                written.map(({ partition, key, value, timestamp }) => record(partition, key, value, { timestamp })),
              ),
            );
            for (const [i, { partition, ...one }] of written.entries()) {
              expect(places[i]).toEqual({ partition, offset: told.written[partition]?.length });
              told.written[partition]?.push(one);
            }
          }
          await check(log, told);
        }
      } finally {
        await log.close();
        await rm(directory, { recursive: true });
      }
    }),
    { numRuns: 25 },
  );
}, 60_000);
