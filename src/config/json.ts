/** JSON text as a ConfigDocument. JSON.parse takes duplicate keys without a word, so the keys are walked once more. */
import { type ConfigDocument, DocumentProblem, MAX_DEPTH, lineKey, showPath } from './document.ts';

interface Frame {
  readonly path: readonly string[];
  readonly keys: Set<string> | undefined;
  /** The key whose value comes next. */
  key: string | undefined;
}

const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],\n]/g;

/** Reads one JSON text. @throws DocumentProblem */
export function readJson(text: string): ConfigDocument {
  const root = parse(text);
  return { root, lines: keyLines(text), format: 'json' };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const line = /\(line (\d+) column \d+\)/.exec(message)?.[1];
    const atEnd =
      message.startsWith('Unexpected end') || message.startsWith('Unterminated') ? countLines(text) : undefined;
    const reason = message.replace(/(?: in JSON)? at position \d+.*/s, '').replaceAll(/\s+/g, ' ');
    throw new DocumentProblem(line === undefined ? atEnd : Number(line), `not JSON: ${reason}`);
  }
}

/** The line of every key of a text that JSON.parse took. @throws DocumentProblem for a key that stands there twice */
function keyLines(text: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  const stack: Frame[] = [];
  let line = 1;
  for (const [token] of text.matchAll(TOKEN)) {
    const frame = stack.at(-1);
    if (token === '\n') line += 1;
    else if (token === '{' || token === '[') open(token, stack, line);
    else if (token === '}' || token === ']') stack.pop();
    else if (token === ',' && frame !== undefined) frame.key = undefined;
    else if (frame?.keys !== undefined && frame.key === undefined)
      takeKey(frame, String(JSON.parse(token)), line, lines);
  }
  return lines;
}

function open(token: string, stack: Frame[], line: number): void {
  if (stack.length >= MAX_DEPTH) throw new DocumentProblem(line, `more than ${MAX_DEPTH} brackets are open`);
  const parent = stack.at(-1);
  const path = parent === undefined ? [] : [...parent.path, parent.key ?? ''];
  stack.push({ path, keys: token === '{' ? new Set() : undefined, key: undefined });
}

function takeKey(frame: Frame, key: string, line: number, lines: Map<string, number>): void {
  const path = [...frame.path, key];
  if (frame.keys?.has(key) === true) {
    const first = lines.get(lineKey(path));
    throw new DocumentProblem(line, `${showPath(path, 'json')} stands there twice, first on line ${first}`);
  }
  frame.keys?.add(key);
  frame.key = key;
  lines.set(lineKey(path), line);
}

function countLines(text: string): number {
  return text.split('\n').length;
}
