/**
 * The structural check around the EDN parser. edn-data lets truncated text, odd maps, mismatched brackets and trailing
 * text pass, and joins the tokens on both sides of a comment; so the text is scanned first. The scan only finds tokens
 * and pairs brackets; what a token means stays with the parser.
 */
import { DocumentProblem, MAX_DEPTH } from './document.ts';

export interface EdnScan {
  /** The text without comments: what the parser is given. */
  readonly cleaned: string;
  /** For each collection that is not discarded, in the order of their opening brackets: the line of each form in it. */
  readonly formLines: readonly (readonly number[])[];
}

interface Frame {
  readonly opening: string;
  readonly line: number;
  readonly discarded: boolean;
  readonly lines: number[];
  /** How many `#_` wait for the form that they discard. */
  discards: number;
}

/** Blanks are the parser's own (comma included); any other kind of space ends up in an atom and is refused there. */
const TOKEN = /[ ,\t\r\n]+|;[^\n]*|"[^"\\]*(?:\\[^][^"\\]*)*"|#_|#\{|[()[\]{}]|"|[^ ,\t\r\n;"()[\]{}]+/gy;
const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}', '#{': '}' };
const ESCAPE = /^\\(?:[tnrbf"\\]|u[0-9a-fA-F]{4})$/;
const UNPRINTABLE = /[\s\p{C}]/u;

/** Checks that the text is exactly one form with sound brackets. @throws DocumentProblem with the line */
export function scanEdn(text: string): EdnScan {
  const top: Frame = { opening: '', line: 1, discarded: false, lines: [], discards: 0 };
  const stack = [top];
  const cleaned: string[] = [];
  const formLines: number[][] = [];
  let line = 1;
  for (const [token] of text.matchAll(TOKEN)) {
    cleaned.push(token.startsWith(';') ? ' ' : token);
    scanToken(token, line, stack, formLines);
    line += countNewlines(token);
  }
  const open = stack.at(-1) ?? top;
  if (open !== top) throw new DocumentProblem(line, `the text ends inside the ${open.opening} of line ${open.line}`);
  closeDiscards(top, line);
  if (top.lines.length === 0) throw new DocumentProblem(undefined, 'expected one map, found nothing');
  return { cleaned: cleaned.join(''), formLines };
}

function scanToken(token: string, line: number, stack: Frame[], formLines: number[][]): void {
  const frame = stack.at(-1);
  const first = token.charAt(0);
  if (frame === undefined || first === ';' || ' ,\t\r\n'.includes(first)) return;
  if (token === '#_') frame.discards += 1;
  else if (Object.hasOwn(CLOSING, token)) open(token, line, stack, formLines);
  else if (')]}'.includes(first)) close(token, line, stack);
  else {
    if (first === '"') checkString(token, line);
    else checkAtom(token, line);
    countForm(frame, line);
  }
}

function open(opening: string, line: number, stack: Frame[], formLines: number[][]): void {
  const parent = stack.at(-1);
  const discarded = parent !== undefined && (parent.discarded || parent.discards > 0);
  if (stack.length > MAX_DEPTH) throw new DocumentProblem(line, `more than ${MAX_DEPTH} brackets are open`);
  const frame: Frame = { opening, line, discarded, lines: [], discards: 0 };
  if (!discarded) formLines.push(frame.lines);
  stack.push(frame);
}

function close(closing: string, line: number, stack: Frame[]): void {
  const frame = stack.at(-1);
  if (frame === undefined || frame.opening === '') throw new DocumentProblem(line, `${closing} closes nothing`);
  const expected = CLOSING[frame.opening];
  if (closing !== expected) {
    throw new DocumentProblem(
      line,
      `expected ${expected} for the ${frame.opening} of line ${frame.line}, found ${closing}`,
    );
  }
  closeDiscards(frame, line);
  if (frame.opening === '{' && frame.lines.length % 2 === 1) {
    throw new DocumentProblem(line, `the map of line ${frame.line} has a key without a value`);
  }
  stack.pop();
  const parent = stack.at(-1);
  if (parent !== undefined) countForm(parent, frame.line);
}

function closeDiscards(frame: Frame, line: number): void {
  if (frame.discards > 0) throw new DocumentProblem(line, '#_ has nothing after it to discard');
}

function countForm(frame: Frame, line: number): void {
  if (frame.discards > 0) {
    frame.discards -= 1;
    return;
  }
  if (frame.opening === '' && frame.lines.length > 0) {
    throw new DocumentProblem(line, 'expected the end of the text after the map, found more');
  }
  frame.lines.push(line);
}

function checkString(token: string, line: number): void {
  if (token === '"') throw new DocumentProblem(line, 'the text ends inside the string that begins here');
  for (const [escape] of token.matchAll(/\\(?:u[0-9a-fA-F]{0,4}|[^])/g)) {
    if (!ESCAPE.test(escape))
      throw new DocumentProblem(line, `the string that begins here holds ${escape}, which is no escape`);
  }
}

function checkAtom(token: string, line: number): void {
  const odd = UNPRINTABLE.exec(token)?.[0];
  if (odd !== undefined) {
    const code = (odd.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    throw new DocumentProblem(line, `the character U+${code} stands outside a string`);
  }
  if (token.startsWith('#'))
    throw new DocumentProblem(line, `the tagged literal ${token} is unknown; no setting takes one`);
  if (token.includes('\\')) throw new DocumentProblem(line, `no setting takes the character literal ${token}`);
  if (token.endsWith('#')) throw new DocumentProblem(line, `${token} is no value`);
  if (token === ':')
    throw new DocumentProblem(line, 'a colon stands alone; if this is JSON, let the file name end in .json');
}

function countNewlines(token: string): number {
  let count = 0;
  for (const char of token) if (char === '\n') count += 1;
  return count;
}
