/** What a posting is made of. Apart from the model, so that the web app knows its fields without knowing the engine. */
import { z } from 'zod';

/** Characters. */
const MOST_NAME = 200;
const MOST_DESCRIPTION = 20_000;
const MOST_ADDRESS = 2000;
const MOST_TAG = 50;

const MOST_TAGS = 20;

/**
 * Required text of 1 to `most` characters, trimmed. One check and not three, which would take zod half as long again.
 */
function text(most: number) {
  return z
    .string({ error: ({ input }) => (input === undefined ? 'is required' : 'must be text') })
    .check((found) => {
      found.value = found.value.trim();
      if (found.value === '') refuse(found, 'must not be empty');
      else if (isLonger(found.value, most)) refuse(found, atMost(most));
    })
    .meta({ minLength: 1, maxLength: most });
}

/**
 * An address that browsers open, of http or https, trimmed. Its JSON Schema has no `format: uri`, since browsers take
 * more than RFC 3986 does: `https://münchen.example/`.
 */
function webAddress(most: number) {
  const rule = 'must be a web address that starts with http:// or https://';
  return z
    .string(rule)
    .check((found) => {
      found.value = found.value.trim();
      if (!isWebAddress(found.value)) refuse(found, rule);
      if (isLonger(found.value, most)) refuse(found, atMost(most));
    })
    .meta({ maxLength: most, pattern: '^[Hh][Tt][Tt][Pp][Ss]?://' });
}

function isWebAddress(given: string): boolean {
  return /^https?:\/\//i.test(given) && URL.canParse(given);
}

function refuse({ issues, value }: z.core.ParsePayload<string>, message: string): void {
  issues.push({ code: 'custom', input: value, message });
}

/** Characters are code points, as JSON Schema counts them; zod's own `max` counts UTF-16 units. */
function isLonger(given: string, most: number): boolean {
  return given.length > most && [...given].length > most;
}

function atMost(most: number): string {
  return `must have at most ${most.toLocaleString('en')} characters`;
}

/** Unknown fields are refused; what it gives back passes again unchanged. */
export const jobSchema = z.strictObject({
  title: text(MOST_NAME),
  company: text(MOST_NAME),
  description: text(MOST_DESCRIPTION),
  location: text(MOST_NAME).optional(),
  url: webAddress(MOST_ADDRESS).optional(),
  tags: z.array(text(MOST_TAG), 'must be a list of texts').max(MOST_TAGS, `must be at most ${MOST_TAGS}`).optional(),
});

/** A posting's own fields, as they are stored and answered. */
export type JobFields = Readonly<z.infer<typeof jobSchema>>;

/** Of plain labels, the last one of letters alone: every browser opens it. */
const PLAIN_ADDRESS = /^https?:\/\/(?:[a-z][a-z0-9]*(?:-[a-z0-9]+)*\.)+[a-z]+(?:[/?#][!-~]*)?$/;

/** Postings that are plainly as the schema gives them back. */
export const storedJob = {
  title: { kind: 'text', most: MOST_NAME },
  company: { kind: 'text', most: MOST_NAME },
  description: { kind: 'text', most: MOST_DESCRIPTION },
  location: { kind: 'text', most: MOST_NAME, optional: true },
  url: { kind: 'text', most: MOST_ADDRESS, pattern: PLAIN_ADDRESS, optional: true },
  tags: { kind: 'texts', most: MOST_TAG, items: MOST_TAGS, optional: true },
} as const;
