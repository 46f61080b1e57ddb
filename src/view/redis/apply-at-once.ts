/**
 * An update of one put, as one script: most writes come alone, and each exchange with Redis is a part of the time until they
 * are visible. Pure.
 */
import type { PutOperation, ViewUpdate } from '../view.ts';
import { LOOK_OR_APPLY } from './apply-scripts.ts';
import { hashesOf, type Target, writeSetKey, writeWatch } from './apply-transaction.ts';
import { fenceOf, marksOf, noticeOf } from './bookkeeping.ts';
import type { CommandText } from './command-text.ts';
import { changesOf } from './diff.ts';
import { generationPrefix, noticesChannel, sortOf, sortScore } from './layout.ts';
import { writeRow } from './row.ts';

/** A put with more terms and filter values is not written by a script, which costs Redis more than a transaction does. */
const MOST_ENTRIES = 500;

/** The put that is all of the update; undefined: there is more in it, or it is a large one. */
export function lonePut({ operations, quarantined, released = [] }: ViewUpdate): PutOperation | undefined {
  const [put] = operations;
  if (operations.length !== 1 || quarantined.length + released.length > 0 || put?.kind !== 'put') return undefined;
  const entries = put.terms.length + Object.values(put.filters).flat().length;
  return entries > MOST_ENTRIES ? undefined : put;
}

/** The look of such an update, which may apply it. Its last reply is the script's. */
export function writeLookOrApply(text: CommandText, target: Target, update: ViewUpdate, put: PutOperation): void {
  const { names, keys, sorts } = target;
  const { sets, words, rows, packed } = changesOf([put], new Map());
  const places = [...sets, ...words].map(({ place }) => place.bytes);
  const fixed = [...hashesOf(target), keys.words, ...sorts.map(({ key }) => key)];
  const ofPut = [
    noticesChannel(names),
    noticeOf(update),
    String(sorts.length),
    String(words.length),
    ...sorts.map(({ name }) => sortScore(name === undefined ? put.createdAt : sortOf(put, name))),
    ...words.flatMap(({ place }) => ['0', place.word]),
    ...marksOf(update),
  ];
  const fence = fenceOf(update);
  writeWatch(text, target);
  const count = fixed.length + places.length;
  text.command(['EVAL', LOOK_OR_APPLY, String(count), ...fixed], places.length + fence.length + 3 + ofPut.length);
  const own = Buffer.from(generationPrefix(names, update.generation, update.partition));
  for (const place of places) writeSetKey(text, own, place);
  for (const argument of fence) text.text(argument);
  text.text(put.id);
  writeRow(text, put, rows[0]!);
  text.text(packed[0] ?? '');
  for (const argument of ofPut) text.text(argument);
}
