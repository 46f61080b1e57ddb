/** What a posting is made of. Apart from the model, so that the web app knows its fields without knowing the engine. */
import { z } from 'zod';

/** Required text of 1 to `most` characters (code points, as JSON Schema counts them), trimmed. */
function text(most: number) {
  return z
    .string({ error: ({ input }) => (input === undefined ? 'is required' : 'must be text') })
    .trim()
    .min(1, 'must not be empty')
    .refine(
      (given) => given.length <= most || [...given].length <= most,
      `must have at most ${most.toLocaleString('en')} characters`,
    )
    .meta({ maxLength: most });
}

/** Unknown fields are refused; what it gives back passes again unchanged. */
export const jobSchema = z.strictObject({
  title: text(200),
  company: text(200),
  description: text(20_000),
  location: text(200).optional(),
  url: z
    .url({ protocol: /^https?$/, error: 'must be a web address that starts with http:// or https://' })
    .max(2000, 'must have at most 2,000 characters')
    .optional(),
  tags: z.array(text(50), 'must be a list of texts').max(20, 'must be at most 20').optional(),
});

/** A posting's own fields, as they are stored and answered. */
export type JobFields = Readonly<z.infer<typeof jobSchema>>;
