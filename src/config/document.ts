/**
 * A configuration file as plain values, with the line of every key, so that each complaint can name a place. Both
 * formats (edn.ts, json.ts) give this.
 */

/** Maps are objects without prototype, vectors are arrays; what no setting takes (symbols, sets …) is an OtherValue. */
export interface ConfigDocument {
  readonly root: unknown;
  /** Line (from 1) of a key, by its path joined with a space. */
  readonly lines: ReadonlyMap<string, number>;
  readonly format: 'edn' | 'json';
}

/** A value of the file that no setting takes; `shown` says what it is, for people. */
export class OtherValue {
  readonly shown: string;

  constructor(shown: string) {
    this.shown = shown;
  }
}

/** The text is not one well-formed map. `line` is undefined where the parser does not tell. */
export class DocumentProblem extends Error {
  readonly line: number | undefined;

  constructor(line: number | undefined, message: string) {
    super(message);
    this.name = 'DocumentProblem';
    this.line = line;
  }
}

/** How many brackets may be open at once; a configuration needs three. */
export const MAX_DEPTH = 32;

/** A path's key in `lines`. */
export function lineKey(path: readonly string[]): string {
  return path.join(' ');
}

/** A path as its format writes it: `:http :port`, or `http.port` in JSON. */
export function showPath(path: readonly string[], format: ConfigDocument['format']): string {
  if (format === 'edn') return path.map((key) => `:${key}`).join(' ');
  return path.map((key) => (/^[\w-]+$/.test(key) ? key : JSON.stringify(key))).join('.');
}

/** Whether the value is a map of the file. */
export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof OtherValue);
}

/** What was found, for people: short, on one line, without control characters. */
export function showValue(value: unknown, format: ConfigDocument['format']): string {
  if (value instanceof OtherValue) return value.shown;
  if (value === null) return format === 'edn' ? 'nil' : 'null';
  if (isMap(value)) return format === 'edn' ? 'a map' : 'an object';
  if (Array.isArray(value))
    return `${format === 'edn' ? 'the vector' : 'the array'} ${shorten(showItems(value, format))}`;
  return `the ${typeof value} ${shorten(JSON.stringify(value))}`;
}

function showItems(items: readonly unknown[], format: ConfigDocument['format']): string {
  const shown = items.map((item) => (typeof item === 'object' ? showValue(item, format) : JSON.stringify(item)));
  return `[${shown.join(format === 'edn' ? ' ' : ', ')}]`;
}

function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
