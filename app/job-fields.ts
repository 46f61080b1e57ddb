/** What a posting is made of. Apart from the model, so that the web app knows its fields without knowing the engine. */
import { z } from 'zod';

/**
 * Required text of 1 to `most` characters, trimmed. One check and not three: the worker makes it for each text of each
 * record of a replay.
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
      if (!/^https?:\/\//i.test(found.value) || !URL.canParse(found.value)) refuse(found, rule);
      if (isLonger(found.value, most)) refuse(found, atMost(most));
    })
    .meta({ maxLength: most, pattern: '^[Hh][Tt][Tt][Pp][Ss]?://' });
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
  title: text(200),
  company: text(200),
  description: text(20_000),
  location: text(200).optional(),
  url: webAddress(2000).optional(),
  tags: z.array(text(50), 'must be a list of texts').max(20, 'must be at most 20').optional(),
});

/** A posting's own fields, as they are stored and answered. */
export type JobFields = Readonly<z.infer<typeof jobSchema>>;
