/** An append queue whose clock, broker and network a story plays itself. */
import { expect } from 'vitest';
import type { AppendOutcome, NewRecord } from '../log.ts';
import { AppendQueue } from './append-queue.ts';
import type { LaneBatch } from './lane-batch.ts';
import type { Lane } from './lane.ts';
import type { Verdict } from './produce-answer.ts';

export const topic = { name: 'thing', uuid: 'uuid-1', id: 'log-1' };
export const TIMEOUT_MS = 1000;
export const again: Verdict = { kind: 'again', reason: 'no leader' };
export const unknown: Verdict = { kind: 'unknown', reason: 'the connection broke' };
export const refused: Verdict = { kind: 'refused', whole: false, why: 'too-large', reason: 'too large' };

export type Taken = readonly (readonly [Lane, LaneBatch])[];

export class Desk {
  readonly queue = new AppendQueue(3, TIMEOUT_MS);
  now = 0;
  topic = topic;

  append(...records: readonly NewRecord[]): Promise<AppendOutcome> {
    return this.queue.push(records, this.now);
  }

  take(...partitions: readonly number[]): Taken {
    const { lanes } = this.queue.ready(this.now);
    for (const lane of lanes) if (lane.needsProducer) lane.useProducer((lane.producerId ?? 0n) + 1n);
    return this.queue.take(new Set(partitions.length === 0 ? [0, 1, 2] : partitions), this.topic, this.now);
  }

  settle(taken: Taken, verdict: Verdict | ((partition: number) => Verdict)): void {
    for (const [lane, batch] of taken) {
      lane.settle(batch, typeof verdict === 'function' ? verdict(batch.partition) : verdict, this.now);
    }
  }

  pass(milliseconds: number): void {
    this.now += milliseconds;
    this.queue.expire(this.now);
  }
}

export const landed = (baseOffset: number): Verdict => ({ kind: 'landed', baseOffset, timestamp: undefined });
export const numbers = (taken: Taken): readonly string[] =>
  taken.map(([, { partition, firstSequence, parts, encoded }]) => {
    return `${partition}: epoch ${encoded.readInt16BE(51)}, ${firstSequence}+${parts.length}`;
  });

/** What the only batch that was taken must be: a fence. */
export function fence(taken: Taken): object {
  expect(taken.map(([, { isFence, parts }]) => [isFence, parts.length])).toEqual([[true, 0]]);
  const encoded = taken[0]?.[1].encoded ?? Buffer.alloc(0);
  const key = /kmodel-pen-\d+/.exec(encoded.toString('latin1'))?.[0];
  return { epoch: encoded.readInt16BE(51), sequence: encoded.readInt32BE(53), key };
}
