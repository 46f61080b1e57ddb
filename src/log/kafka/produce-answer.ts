/** What a broker's answer about one batch means for its records. Pure: every decision about uncertain sends is made here. */
import type { RefusalReason } from '../log.ts';
import type { AppendLimits } from './append-limits.ts';
import type { ProduceAnswer } from './produce-request.ts';

/**
 * - `landed`: durable, the first record at `baseOffset`; `timestamp`: the time that the broker gave the records, if it gave them one.
 * - `again`: this attempt landed nothing. Send the same batch again after a pause.
 * - `unknown`: this attempt may have landed, or may yet. Send the same batch again: the broker tells by its sequence numbers.
 * - `refused`: this attempt landed nothing, and the same batch never will; `whole`: nor any part of it. `why` as the port's.
 * - `renumber`: this attempt landed nothing, and the partition takes no batch with these numbers: the producer needs a new epoch.
 * - `landed-somewhere`: durable, at an offset the broker doesn't tell any more.
 */
export type Verdict =
  | { readonly kind: 'landed'; readonly baseOffset: number; readonly timestamp: number | undefined }
  | { readonly kind: 'again' | 'unknown' | 'renumber' | 'landed-somewhere'; readonly reason: string }
  | { readonly kind: 'refused'; readonly whole: boolean; readonly why: RefusalReason; readonly reason: string };

type CodeMeaning =
  | { readonly name: string; readonly kind: 'again' | 'renumber' }
  | { readonly name: string; readonly kind: 'refused-part' | 'refused-whole'; readonly why: RefusalReason };

/**
 * Codes with which a leader refuses a batch before it appends it. The same code can also come after the append (leadership
 * lost, topic deleted while the replicas were awaited); then the answer carries the offset that the batch was given.
 */
const REFUSALS: Readonly<Record<number, CodeMeaning>> = {
  2: { name: 'CORRUPT_MESSAGE', kind: 'again' },
  3: { name: 'UNKNOWN_TOPIC_OR_PARTITION', kind: 'again' },
  5: { name: 'LEADER_NOT_AVAILABLE', kind: 'again' },
  6: { name: 'NOT_LEADER_OR_FOLLOWER', kind: 'again' },
  10: { name: 'MESSAGE_TOO_LARGE', kind: 'refused-part', why: 'too-large' },
  17: { name: 'INVALID_TOPIC_EXCEPTION', kind: 'refused-whole', why: 'unfit' },
  18: { name: 'RECORD_LIST_TOO_LARGE', kind: 'refused-part', why: 'too-large' },
  19: { name: 'NOT_ENOUGH_REPLICAS', kind: 'again' },
  29: { name: 'TOPIC_AUTHORIZATION_FAILED', kind: 'refused-whole', why: 'forbidden' },
  31: { name: 'CLUSTER_AUTHORIZATION_FAILED', kind: 'refused-whole', why: 'forbidden' },
  32: { name: 'INVALID_TIMESTAMP', kind: 'refused-part', why: 'time' },
  44: { name: 'POLICY_VIOLATION', kind: 'refused-whole', why: 'policy' },
  45: { name: 'OUT_OF_ORDER_SEQUENCE_NUMBER', kind: 'renumber' },
  47: { name: 'INVALID_PRODUCER_EPOCH', kind: 'renumber' },
  59: { name: 'UNKNOWN_PRODUCER_ID', kind: 'renumber' },
  74: { name: 'FENCED_LEADER_EPOCH', kind: 'again' },
  87: { name: 'INVALID_RECORD', kind: 'refused-part', why: 'policy' },
  89: { name: 'THROTTLING_QUOTA_EXCEEDED', kind: 'again' },
  90: { name: 'PRODUCER_FENCED', kind: 'renumber' },
  100: { name: 'UNKNOWN_TOPIC_ID', kind: 'again' },
};

const DUPLICATE_SEQUENCE_NUMBER = 46;

/** The broker's name of an error code, as far as this file knows it. */
export function judgeAnswer({ code, baseOffset, message, logAppendTime }: ProduceAnswer): Verdict {
  const timestamp = logAppendTime === -1 ? undefined : logAppendTime;
  if (code === 0) return { kind: 'landed', baseOffset, timestamp };
  if (code === DUPLICATE_SEQUENCE_NUMBER) {
    if (baseOffset >= 0) return { kind: 'landed', baseOffset, timestamp };
    return {
      kind: 'landed-somewhere',
      reason: 'the records landed before, at an offset that the broker does not tell',
    };
  }
  const meaning = REFUSALS[code];
  const reason = `the broker says ${meaning?.name ?? `error ${code}`}${message === '' ? '' : `: ${message}`}`;
  if (meaning === undefined || baseOffset >= 0) return { kind: 'unknown', reason };
  if ('why' in meaning) return { kind: 'refused', whole: meaning.kind === 'refused-whole', why: meaning.why, reason };
  return { kind: meaning.kind, reason };
}

/** Does this answer mean that what is known of the topic (its id, its leaders) is out of date? */
export function showsStaleTopic({ code }: ProduceAnswer): boolean {
  return [3, 5, 6, 74, 100].includes(code);
}

/**
 * The verdict with what the topic's settings add. A batch too large: the limit. And to a batch that it has already, a broker
 * answers the greatest time of its records as if it had given it: then only the settings tell.
 */
export function withLimits(
  verdict: Verdict,
  { encoded, maxTimestamp }: { readonly encoded: Uint8Array; readonly maxTimestamp: number },
  { maxBatchBytes, stamps }: AppendLimits,
  topic: string,
): Verdict {
  if (verdict.kind === 'landed' && verdict.timestamp === maxTimestamp && !stamps) {
    return { ...verdict, timestamp: undefined };
  }
  if (verdict.kind !== 'refused') return verdict;
  if (verdict.why === 'time') {
    const hint = `compare this machine's clock with the brokers' and with the topic's message.timestamp.*.max.ms`;
    return { ...verdict, reason: `topic ${topic}: ${verdict.reason}; ${hint}` };
  }
  if (verdict.why !== 'too-large' || maxBatchBytes === undefined)
    return { ...verdict, reason: `topic ${topic}: ${verdict.reason}` };
  const reason = `topic ${topic} takes at most ${maxBatchBytes} bytes with what surrounds a record (max.message.bytes), found ${encoded.length}`;
  return { ...verdict, reason };
}
