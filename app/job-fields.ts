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

/** Of plain labels, the last one of letters alone: a parser takes it for sure, and costs several times as much. */
const PLAIN_ADDRESS = /^https?:\/\/(?:[a-z][a-z0-9]*\.)+[a-z]+(?:[/?#][!-~]*)?$/;

/** The schema's shortcut: whether it surely gives the value back as it is. */
export function isStoredJob(value: unknown): value is JobFields {
  if (typeof value !== 'object' || value === null) return false;
  const { title, company, description, location, url, tags } = value as Readonly<Record<string, unknown>>;
  let fields = 3;
  if (location !== undefined) fields += 1;
  if (url !== undefined) fields += 1;
  if (tags !== undefined) fields += 1;
  for (const _ in value) fields -= 1;
  return (
    fields === 0 &&
    isText(title, MOST_NAME) &&
    isText(company, MOST_NAME) &&
    isText(description, MOST_DESCRIPTION) &&
    (location === undefined || isText(location, MOST_NAME)) &&
    (url === undefined || (isText(url, MOST_ADDRESS) && (PLAIN_ADDRESS.test(url) || isWebAddress(url)))) &&
    (tags === undefined || areTags(tags))
  );
}

function areTags(tags: unknown): boolean {
  if (!Array.isArray(tags) || tags.length > MOST_TAGS) return false;
  for (const tag of tags) if (!isText(tag, MOST_TAG)) return false;
  return true;
}

function isText(text: unknown, most: number): text is string {
  return typeof text === 'string' && text !== '' && text.length <= most && isTrimmed(text);
}

/** Most begin and end with a character that plainly is no space, and to see that costs less than to trim. */
function isTrimmed(text: string): boolean {
  return (isNoSpace(text.charCodeAt(0)) && isNoSpace(text.charCodeAt(text.length - 1))) || text.trim() === text;
}

/** Of the units up to U+167F, trim takes away U+00A0 and some up to U+0020. */
function isNoSpace(unit: number): boolean {
  return unit > 0x20 && unit < 0x1680 && unit !== 0xa0;
}
