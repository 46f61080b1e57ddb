/** Things to write: fields drawn from few values, so that every index has sets of many members, and some of none. */
import type { ThingFields } from './app.ts';

export type Random = () => number;

/** Numbers from 0 to 1 (exclusive) that the seed fixes: a story that fails can be told again. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    // mulberry32
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The seed of this run, from KMODEL_TEST_SEED where it is set. */
export function storySeed(): number {
  return Number(process.env['KMODEL_TEST_SEED'] ?? Date.now() % 2 ** 31);
}

export const WORDS: readonly string[] = (
  'baker bakery balcony cook cooking go gopher tea teacher x xylophone night nightly ' +
  '42 4211 naïve café 東京 東 über smørrebrød'
).split(' ');
const COMPANIES = ['Acme', 'acme', 'Bolt & Sons', 'Ünion: 7', 'Zeta/Zeta'];
const TAGS = ['red', 'green', 'blue', 'red green', 'Ω'];
const PLACES = ['Oslo', 'Bern'];

/** The fields of a thing; `mark` is its own. */
export function thingOf(random: Random, mark: string): ThingFields {
  const one = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const some = <T>(list: readonly T[]): T[] => list.filter(() => random() < 0.3);
  const due = Date.UTC(2026, 0, 1 + Math.floor(random() * 20));
  return {
    title: `${one(WORDS)} ${one(WORDS)}`,
    company: one(COMPANIES),
    mark,
    ...(random() < 0.6 ? { note: some(WORDS).join(', ') } : {}),
    ...(random() < 0.7 ? { tags: some(TAGS) } : {}),
    ...(random() < 0.8 ? { rank: Math.floor(random() * 40) / 4 - 3 } : {}),
    ...(random() < 0.8 ? { due: new Date(due).toISOString() } : {}),
    ...(random() < 0.5 ? { place: one(PLACES) } : {}),
  };
}
