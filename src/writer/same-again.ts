/**
 * The worker asks the schema again about what the writer appends. A schema that then says something else would make an
 * acknowledged write show other fields than were answered, or none: such a write is refused before it is appended. Pure.
 */
import { isDeepStrictEqual } from 'node:util';
import type { BrokenRule } from '../errors.ts';
import { halfSurrogates, mayHoldHalves } from '../model/half-surrogates.ts';
import type { Model } from '../model/model.ts';

/** How much is told of what the schema refuses. */
const MOST_RULES_TOLD = 3;

/** What the worker would refuse, or change, of the value about to be appended: JSON as UTF-8 and as text. None: nothing. */
export function changedAgain(model: Model, json: string, bytes: Uint8Array): readonly BrokenRule[] {
  // What has the stored form is stored as it is, unasked.
  if (model.readStored(bytes) !== undefined) return [];
  try {
    return changed(model, json);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return [{ pointer: '', message: 'expected JSON, found nesting too deep to check again' }];
  }
}

function changed(model: Model, json: string): readonly BrokenRule[] {
  const value: unknown = JSON.parse(json);
  // A schema may cut a pair in two.
  const halves = mayHoldHalves(json) ? halfSurrogates(value) : [];
  if (halves.length > 0) return halves;
  const again = model.validate(value);
  if (again.kind === 'valid') {
    if (isDeepStrictEqual(JSON.parse(JSON.stringify(again.fields)), value)) return [];
    return [schemaFault('changes what it gave back itself, when it is asked again')];
  }
  const told = again.rules
    .slice(0, MOST_RULES_TOLD)
    .map(({ pointer, message }) => `${pointer || '(the whole)'} ${message}`);
  return [schemaFault(`refuses what it gave back itself: ${told.join('; ')}`)];
}

function schemaFault(what: string): BrokenRule {
  return { pointer: '', message: `the schema of the model ${what}; what it gives back must pass it again unchanged` };
}
