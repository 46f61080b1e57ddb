/**
 * The shape of the written texts that make-examples.ts combines into postings. Everything people read stands in the
 * language modules beside this one, each sentence written out; the script only chooses, orders and fills in numbers.
 */

/** A place of work. `slug` is how employers name it and what ids carry. */
export interface City {
  readonly slug: string;
  readonly name: string;
  readonly districts: readonly string[];
}

/** A company and the slug of the city it is in. */
export type Employer = readonly [company: string, citySlug: string];

/** One written job description with what belongs to it. */
export interface Body {
  /** Part of the id: letters, digits and hyphens, in any script. */
  readonly slug: string;
  readonly titles: readonly string[];
  readonly employers: readonly Employer[];
  readonly tags: readonly string[];
  /** The lowest and the highest pay, in the language's usual unit, and the step in which it varies. */
  readonly pay: readonly [from: number, to: number, step: number];
  /** True: title and description are in decomposed form (NFD), as some keyboards and file systems write it. */
  readonly decomposed?: true;
  readonly text: string;
}

/**
 * Sentences that fit every body of the language. `{city}`, `{district}`, `{team}` (5 to 10), `{low}`, `{high}` and
 * `{reference}` are filled in.
 */
export interface Details {
  readonly place: readonly string[];
  readonly team: readonly string[];
  /** Why the post is open. The last one is cover for a leave, which goes with no contract sentence. */
  readonly reason: readonly string[];
  readonly contract: readonly string[];
  readonly start: readonly string[];
  readonly pay: readonly string[];
  readonly perks: readonly string[];
  readonly apply: readonly string[];
  readonly reference: readonly string[];
}

export interface Language {
  /** BCP 47. */
  readonly tag: string;
  /** What separates thousands in a number. */
  readonly thousands: string;
  /** What stands between two sentences. */
  readonly gap: string;
  readonly cities: readonly City[];
  readonly bodies: readonly Body[];
  readonly details: Details;
}
