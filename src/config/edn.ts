/** EDN text as a ConfigDocument: the scan (edn-scan.ts), then the parser, then plain values with their keys' lines. */
import { parseEDNString } from 'edn-data';
import { type ConfigDocument, DocumentProblem, OtherValue, lineKey, showPath } from './document.ts';
import { scanEdn } from './edn-scan.ts';

/** Reads one EDN map whose keys are keywords. @throws DocumentProblem */
export function readEdn(text: string): ConfigDocument {
  const scan = scanEdn(text);
  const walk: Walk = { formLines: scan.formLines.values(), lines: new Map() };
  return { root: plain(parse(scan.cleaned), [], walk), lines: walk.lines, format: 'edn' };
}

/** The parser's tree is walked in the order of its opening brackets, so the scan's lines are taken one after another. */
interface Walk {
  readonly formLines: Iterator<readonly number[]>;
  readonly lines: Map<string, number>;
}

type Entries = readonly (readonly [unknown, unknown])[];

function parse(cleaned: string): unknown {
  try {
    return parseEDNString(cleaned, { mapAs: 'doubleArray' });
  } catch (cause) {
    throw new DocumentProblem(undefined, `not EDN: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

function plain(form: unknown, path: readonly string[], walk: Walk): unknown {
  if (typeof form === 'bigint') return new OtherValue(`the number ${form}N`);
  if (typeof form !== 'object' || form === null) return form;
  if (Array.isArray(form)) return plainItems(form, path, walk);
  if ('map' in form) return plainMap(form.map as Entries, path, walk);
  if ('set' in form) return plainSet(form.set as readonly unknown[], path, walk);
  if ('list' in form) {
    plainItems(form.list as readonly unknown[], path, walk);
    return new OtherValue('a list');
  }
  if ('key' in form) return new OtherValue(`the keyword :${String(form.key)}`);
  if ('sym' in form) return new OtherValue(`the symbol ${String(form.sym)}`);
  return new OtherValue('something else');
}

function plainMap(entries: Entries, path: readonly string[], walk: Walk): unknown {
  const lines = nextLines(walk);
  const map = Object.create(null) as Record<string, unknown>;
  for (const [index, [keyForm, valueForm]] of entries.entries()) {
    const line = lines[2 * index];
    const key = keyword(keyForm, line);
    const here = [...path, key];
    if (Object.hasOwn(map, key)) {
      const first = walk.lines.get(lineKey(here));
      throw new DocumentProblem(line, `${showPath(here, 'edn')} stands there twice, first on line ${first}`);
    }
    if (line !== undefined) walk.lines.set(lineKey(here), line);
    map[key] = plain(valueForm, here, walk);
  }
  return map;
}

function keyword(form: unknown, line: number | undefined): string {
  if (typeof form === 'object' && form !== null && 'key' in form) return String(form.key);
  const hint = typeof form === 'string' ? '; a JSON file needs a name that ends in .json' : '';
  throw new DocumentProblem(
    line,
    `expected a keyword such as :http as key, found ${JSON.stringify(form) ?? 'nothing'}${hint}`,
  );
}

function plainItems(items: readonly unknown[], path: readonly string[], walk: Walk): readonly unknown[] {
  nextLines(walk);
  return items.map((item, index) => plain(item, [...path, String(index)], walk));
}

function plainSet(items: readonly unknown[], path: readonly string[], walk: Walk): OtherValue {
  const lines = nextLines(walk);
  const seen = new Set<string>();
  for (const [index, item] of items.entries()) {
    plain(item, [...path, String(index)], walk);
    const text = JSON.stringify(item, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}N` : value));
    if (seen.has(text)) throw new DocumentProblem(lines[index], 'the set holds the same value twice');
    seen.add(text);
  }
  return new OtherValue('a set');
}

function nextLines(walk: Walk): readonly number[] {
  const next = walk.formLines.next();
  return next.done === true ? [] : next.value;
}
