/** Part of the OpenAPI document: the schema of GET /status/<model>/quarantine. */
import { COUNT, type Schema, strict } from './openapi-parts.ts';
import { MAX_RECORDS, MAX_SHOWN, PLACE_PATTERN } from './quarantine.ts';

/** The answer to GET /status/<model>/quarantine. */
export function quarantineSchema(): Schema {
  const text: Schema = { type: 'string', maxLength: MAX_SHOWN };
  const shown: readonly Schema[] = [
    strict({ bytes: COUNT, text }),
    strict({ bytes: COUNT, base64: { ...text, contentEncoding: 'base64' } }),
  ];
  const record = strict({
    key: { anyOf: shown },
    partition: COUNT,
    offset: COUNT,
    timestamp: { type: 'integer' },
    reason: { type: 'string', pattern: '^[A-Z_]+$' },
    detail: { type: 'string', minLength: 1 },
    value: { anyOf: [...shown, { type: 'null' }] },
  });
  return strict({
    items: { type: 'array', maxItems: MAX_RECORDS, items: record },
    next: { type: ['string', 'null'], pattern: PLACE_PATTERN },
  });
}
