/** Parts of the OpenAPI document: schemas that others are made of. */
import type { Readiness } from '../status/status.ts';

export type Schema = Readonly<Record<string, unknown>>;

export const TIME: Schema = {
  type: 'string',
  format: 'date-time',
  pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$',
};
export const COUNT: Schema = { type: 'integer', minimum: 0 };

/** An object with these properties and no others; those that are not optional must be there. */
export function strict(properties: Readonly<Record<string, Schema>>, optional: readonly string[] = []): Schema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', properties, required, additionalProperties: false };
}

const LEVELS: Readonly<Record<Readiness, true>> = { ready: true, degraded: true, starting: true, unavailable: true };

/** Whether reads or writes are answered. */
export const READINESS: Schema = { enum: Object.keys(LEVELS) };
