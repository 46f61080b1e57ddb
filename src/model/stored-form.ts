/**
 * What the JSON of most records looks like, in a form that is checked in the bytes themselves: a replay reads every record of
 * the log, and to make objects of its JSON and show them to the schema was half of what that cost.
 */
import { isUtf8 } from 'node:buffer';
import {
  booleanIn,
  endOfBoolean,
  endOfInteger,
  endOfText,
  endOfTexts,
  integerIn,
  isThere,
  textIn,
  textsIn,
} from './json-bytes.ts';
import { propertyOf, type Fail, type JsonSchema } from './json-schema.ts';
import type { EntityFields, Model } from './model.ts';
import { utf8 } from './record.ts';

/**
 * A field whose value the schema surely gives back as it is.
 * - `text`: 1 to `most` characters (code points), no white space at either end; `pattern`, if there is one, has to match too.
 * - `texts`: a list of at most `items` of such texts.
 * - `integer`: from `least` to `most`.
 * - `boolean`.
 */
export type StoredField = (
  | { readonly kind: 'text'; readonly most: number; readonly pattern?: RegExp }
  | { readonly kind: 'texts'; readonly most: number; readonly items: number }
  | { readonly kind: 'integer'; readonly least: number; readonly most: number }
  | { readonly kind: 'boolean' }
) & { readonly optional?: boolean };

/** The fields in the order in which they are mostly written; any other is taken too, in a little more time. */
export type StoredForm<Field extends string = string> = Readonly<Partial<Record<Field, StoredField>>>;

/** Fails where the form is ill-formed, or can't be one of the schema's entities. */
export function checkForm(form: StoredForm, schema: JsonSchema, fail: Fail): void {
  for (const [name, field] of Object.entries(form)) {
    if (propertyOf(schema, name) === undefined) fail(`its stored form has the field "${name}", and its schema has not`);
    const expected = expectedOf(field);
    if (expected !== undefined) fail(`the field "${name}" of its stored form must have ${expected}`);
  }
  for (const name of (schema['required'] ?? []) as readonly string[]) {
    const field = Object.hasOwn(form, name) ? form[name] : undefined;
    if (field === undefined || field.optional === true) {
      fail(`its schema requires "${name}": its stored form must have it too, and not as an optional field`);
    }
  }
}

/** What a field should have, where it hasn't. */
function expectedOf(field: StoredField | undefined): string | undefined {
  switch (field?.kind) {
    case 'text':
      if (!isCount(field.most)) return 'a whole number as `most`';
      // With those flags it would go on where it was.
      return /[gy]/.test(field.pattern?.flags ?? '') ? 'a pattern without the flags g and y' : undefined;
    case 'texts':
      return isCount(field.most) && isCount(field.items) ? undefined : 'whole numbers as `most` and `items`';
    case 'integer':
      return field.least <= field.most ? undefined : 'a `least` that is not above its `most`';
    case 'boolean':
      return undefined;
    case undefined:
    default:
      return "a `kind`: 'text', 'texts', 'integer' or 'boolean'";
  }
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

const COMMA = 0x2c;
const BRACE = 0x7b;
const END_BRACE = 0x7d;

const NO_FIELDS: EntityFields = Object.freeze({});

/** Reads JSON that has the form, and of it the fields that are `wanted`; undefined where it doesn't surely have it. */
export function storedReader(form: StoredForm, wanted: ReadonlySet<string>): Model['readStored'] {
  const read = readerOf(Object.entries(form).map(([name, field]) => compiled(name, field!, wanted.has(name))));
  return (json) => {
    try {
      return read(json);
    } catch {
      // A pattern that takes more stack than there is, say.
      return undefined;
    }
  };
}

function readerOf(fields: readonly CompiledField[]): Model['readStored'] {
  const required = fields.filter(({ optional }) => !optional).length;
  /** By field: in which reading it was last met. */
  const met = new Float64Array(fields.length);
  let reading = 0;
  return (json) => {
    const end = json.length - 1;
    if (end < 2 || json[0] !== BRACE || json[end] !== END_BRACE || !isUtf8(json)) return undefined;
    reading += 1;
    let found: Record<string, unknown> | undefined;
    let missing = required;
    let place = -1;
    let at = 0;
    do {
      at += 1;
      place += 1;
      place = placeOf(fields, json, at, place);
      if (place < 0 || met[place] === reading) return undefined;
      met[place] = reading;
      const field = fields[place]!;
      const from = at + field.label.length;
      at = field.endOf(json, from);
      if (at < 0) return undefined;
      if (!field.optional) missing -= 1;
      if (field.wanted) (found ??= {})[field.name] = field.valueIn(json, from, at);
    } while (json[at] === COMMA);
    return at === end && missing === 0 ? (found ?? NO_FIELDS) : undefined;
  };
}

/** Which field's label stands there: one from `likely` on or, failing that, one before it; -1: none. */
function placeOf(fields: readonly CompiledField[], json: Uint8Array, at: number, likely: number): number {
  for (let place = likely; place < fields.length; place += 1) if (isThere(fields[place]!.label, json, at)) return place;
  for (let place = 0; place < likely; place += 1) if (isThere(fields[place]!.label, json, at)) return place;
  return -1;
}

interface CompiledField extends Reading {
  readonly name: string;
  /** Its name in quotes, and a colon. */
  readonly label: Uint8Array;
  readonly optional: boolean;
  readonly wanted: boolean;
}

/** How a value is read that begins at `from`. */
interface Reading {
  /** Where it ends; negative where it isn't as the form says. */
  endOf(json: Uint8Array, from: number): number;
  valueIn(json: Uint8Array, from: number, to: number): unknown;
}

function compiled(name: string, field: StoredField, wanted: boolean): CompiledField {
  const label = utf8(`${JSON.stringify(name)}:`);
  return { name, label, optional: field.optional === true, wanted, ...readingOf(field) };
}

function readingOf(field: StoredField): Reading {
  switch (field.kind) {
    case 'text':
      return { endOf: (json, from) => endOfText(json, from, field.most, field.pattern), valueIn: textIn };
    case 'texts':
      return { endOf: (json, from) => endOfTexts(json, from, field.most, field.items), valueIn: textsIn };
    case 'integer':
      return { endOf: (json, from) => endOfInteger(json, from, field.least, field.most), valueIn: integerIn };
    case 'boolean':
      return { endOf: endOfBoolean, valueIn: booleanIn };
  }
}
