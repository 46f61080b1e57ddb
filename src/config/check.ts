/** Checks one layer (a file's values, the environment) against the table of settings. Pure. */
import { type ConfigDocument, isMap, lineKey, showPath, showValue } from './document.ts';
import { nearest } from './nearest.ts';
import {
  ENV_PREFIX,
  ENV_TEST_PREFIX,
  IGNORED_KEYS,
  SETTING_ROWS,
  type Setting,
  type SettingValues,
} from './settings.ts';

/** What a layer sets. `problems` and `warnings` are lines for people, each with its place. */
export interface Layer {
  readonly values: Partial<SettingValues>;
  readonly warnings: readonly string[];
  readonly problems: readonly string[];
}

interface FileCheck {
  readonly document: ConfigDocument;
  readonly values: Map<string, unknown>;
  readonly warnings: string[];
  readonly problems: string[];
}

type Path = readonly string[];

/** Checks a file's values. Every problem is listed, not only the first. */
export function checkDocument(document: ConfigDocument): Layer {
  const check: FileCheck = { document, values: new Map(), warnings: [], problems: [] };
  if (isMap(document.root)) checkMap(document.root, [], check);
  else check.problems.push(`expected one map, found ${showValue(document.root, document.format)}`);
  return layer(check.values, check.warnings, check.problems);
}

/** Checks the variables whose name begins with KMODEL_; an empty one counts as not set. */
export function checkEnv(env: Readonly<Record<string, string | undefined>>): Layer {
  const values = new Map<string, unknown>();
  const problems: string[] = [];
  const names = SETTING_ROWS.map(([, row]) => row.env);
  for (const name of Object.keys(env).toSorted()) {
    const text = env[name];
    if (!name.startsWith(ENV_PREFIX) || name.startsWith(ENV_TEST_PREFIX) || text === undefined || text === '') continue;
    const entry = SETTING_ROWS.find(([, row]) => row.env === name);
    if (entry === undefined) {
      problems.push(
        `${name}: no such variable${didYouMean(nearest(name, names)) || '; the reference of the configuration lists all'}`,
      );
      continue;
    }
    const [setting, row] = entry;
    const parsed = row.schema.safeParse(envValue(text, row.envForm));
    if (parsed.success) values.set(setting, parsed.data);
    else
      problems.push(
        `${name}: expected ${row.expected}, found ${row.secret === true ? 'something else' : showValue(text, 'json')}`,
      );
  }
  return layer(values, [], problems);
}

function envValue(text: string, form: Setting<unknown>['envForm']): unknown {
  if (form === 'number') return /^\d{1,16}$/.test(text) ? Number(text) : text;
  if (form === 'text') return text;
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** Each value was parsed by its own row's schema, so the map has the types that the rows promise. */
function layer(values: ReadonlyMap<string, unknown>, warnings: readonly string[], problems: readonly string[]): Layer {
  return { values: Object.fromEntries(values) as Partial<SettingValues>, warnings, problems };
}

function checkMap(map: Readonly<Record<string, unknown>>, at: Path, check: FileCheck): void {
  for (const [key, value] of Object.entries(map)) checkKey([...at, key], value, check);
}

function checkKey(path: Path, value: unknown, check: FileCheck): void {
  const { format } = check.document;
  const ignored = IGNORED_KEYS.find((row) => samePath(row.path, path));
  const entry = SETTING_ROWS.find(([, row]) => samePath(row.path, path));
  if (ignored !== undefined) {
    const empty = isMap(value) && Object.keys(value).length === 0;
    if (!(ignored.quietWhenEmpty === true && empty))
      check.warnings.push(`${place(path, check)} is ignored: ${ignored.why}`);
  } else if (entry !== undefined) checkSetting(path, value, entry, check);
  else if (!childrenOf(path).length)
    check.problems.push(`${place(path, check)}: no such key${suggestion(path, format)}`);
  else if (isMap(value)) checkMap(value, path, check);
  else check.problems.push(`${place(path, check)}: expected a map, found ${showValue(value, format)}`);
}

function checkSetting(path: Path, value: unknown, entry: (typeof SETTING_ROWS)[number], check: FileCheck): void {
  const [name, row] = entry;
  const parsed = row.schema.safeParse(value);
  if (parsed.success) check.values.set(name, parsed.data);
  else {
    const found = row.secret === true ? 'something else' : showValue(value, check.document.format);
    check.problems.push(`${place(path, check)}: expected ${row.expected}, found ${found}`);
  }
}

/** `line 3, :http :port` */
function place(path: Path, check: FileCheck): string {
  const line = check.document.lines.get(lineKey(path));
  const shown = showPath(path, check.document.format);
  return line === undefined ? shown : `line ${line}, ${shown}`;
}

function samePath(one: Path, other: Path): boolean {
  return one.length === other.length && one.every((key, index) => key === other[index]);
}

const KNOWN_PATHS: readonly Path[] = [
  ...SETTING_ROWS.map(([, row]) => row.path),
  ...IGNORED_KEYS.map((row) => row.path),
];

/** The keys that may stand in the map at a path; none where the path leads to no map. */
function childrenOf(path: Path): readonly string[] {
  const inside = KNOWN_PATHS.filter(
    (known) => known.length > path.length && samePath(known.slice(0, path.length), path),
  );
  return [...new Set(inside.map((known) => known[path.length] ?? ''))];
}

function suggestion(path: Path, format: ConfigDocument['format']): string {
  const key = path.at(-1) ?? '';
  const parent = path.slice(0, -1);
  const sibling = nearest(key, childrenOf(parent));
  const elsewhere = KNOWN_PATHS.find((known) => known.at(-1) === key);
  const meant = sibling === undefined ? elsewhere : [...parent, sibling];
  if (meant !== undefined) return didYouMean(showPath(meant, format));
  const here = childrenOf(parent).map((known) => showPath([known], format));
  return `; the keys here are ${here.join(' ')}`;
}

function didYouMean(name: string | undefined): string {
  return name === undefined ? '' : `; did you mean ${name}?`;
}
