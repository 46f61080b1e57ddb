/** The commands' side of the HTTP API: requests with bounded patience, and problems as one line. */
import { setTimeout as pause } from 'node:timers/promises';
import { type Answered, exchange } from './exchange.ts';
import { CommandFailure } from './failure.ts';

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** `json` is undefined where the body is not JSON. `unreachable`: no answer came; `reason` says why. */
export type Reply =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly headers: Answered['headers'];
      readonly json: unknown;
    }
  | { readonly kind: 'unreachable'; readonly reason: string };

export interface Api {
  /** The server's address, without a final slash. */
  readonly url: string;
  readonly patience: Patience;
}

/** How long a request is tried again. */
export interface Patience {
  /** … while the server says that it can't answer yet (503 and its kin), in ms. */
  readonly busyMs: number;
  /** The pauses, in ms, after which a connection that failed is tried again. */
  readonly reconnectMs: readonly number[];
}

export const PATIENCE: Patience = { busyMs: 30_000, reconnectMs: [100, 300, 600] };

const DEFAULT_RETRY_MS = 1000;
const BUSY: ReadonlySet<number> = new Set([408, 429, 502, 503, 504]);

export function openApi(url: string, patience: Patience = PATIENCE): Api {
  return { url, patience };
}

/** Sends a request once. Never rejects. */
export async function send(api: Api, request: ApiRequest): Promise<Reply> {
  try {
    const headers = { accept: 'application/json', ...request.headers };
    const answer = await exchange(`${api.url}${request.path}`, { method: request.method, headers, body: request.body });
    return { kind: 'answered', status: answer.status, headers: answer.headers, json: parseJson(answer.text) };
  } catch (error) {
    return { kind: 'unreachable', reason: reasonOf(error) };
  }
}

/**
 * Sends a request that may be sent twice, again and again while the server is busy or the connection fails, within the
 * patience. A reply that isBusy means that patience ran out. Never rejects.
 */
export async function sendPatiently(
  api: Api,
  request: ApiRequest,
  isOver: () => boolean = () => false,
): Promise<Reply> {
  const deadline = performance.now() + api.patience.busyMs;
  const reconnects = api.patience.reconnectMs.values();
  const waitAfter = (reply: Reply): number | undefined => {
    if (isBusy(reply)) return retryAfter(reply, deadline);
    return reply.kind === 'unreachable' ? reconnects.next().value : undefined;
  };
  let reply = await send(api, request);
  for (let wait = waitAfter(reply); wait !== undefined && !isOver(); wait = waitAfter(reply)) {
    await pause(wait);
    reply = await send(api, request);
  }
  return reply;
}

/** Whether the server answered that it can't do this yet. */
export function isBusy(reply: Reply): boolean {
  return reply.kind === 'answered' && BUSY.has(reply.status);
}

/** Whether the server answered that trying again is no use until an operator has mended something. */
function needsOperator(reply: Reply): boolean {
  const code = reply.kind === 'answered' ? fieldsOf(reply.json)['code'] : undefined;
  return code === 'LOG_REFUSES' || code === 'VIEW_HELD';
}

function retryAfter(reply: Reply, deadline: number): number | undefined {
  if (needsOperator(reply)) return undefined;
  const header = reply.kind === 'answered' ? reply.headers['retry-after'] : undefined;
  const asked = header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : DEFAULT_RETRY_MS;
  const left = deadline - performance.now();
  return left <= 0 ? undefined : Math.min(Math.max(asked, 50), left);
}

/** What a reply other than success says, as part of a line: `422 ENTITY_INVALID: /title: must not be empty`. */
export function describeReply(reply: Reply): string {
  if (reply.kind === 'unreachable') return reply.reason;
  const problem = fieldsOf(reply.json);
  const code = typeof problem['code'] === 'string' ? ` ${problem['code']}` : '';
  const rules = Array.isArray(problem['errors']) ? problem['errors'].map((rule) => describeRule(fieldsOf(rule))) : [];
  const said = rules.length > 0 ? rules.join('; ') : (problem['detail'] ?? problem['title']);
  return `${reply.status}${code}${typeof said === 'string' && said !== '' ? `: ${said}` : ''}`;
}

function describeRule(rule: Readonly<Record<string, unknown>>): string {
  const pointer = typeof rule['pointer'] === 'string' && rule['pointer'] !== '' ? `${rule['pointer']}: ` : '';
  return `${pointer}${typeof rule['message'] === 'string' ? rule['message'] : 'breaks a rule'}`;
}

/**
 * The name of the model to use: the wanted one, else the server's only one.
 * @throws CommandFailure where no server answers, it is no kmodel server, or the name does not settle it
 */
export async function findModel(api: Api, wanted: string | undefined): Promise<string> {
  const reply = await send(api, { method: 'GET', path: '/health/ready' });
  if (reply.kind === 'unreachable') throw new CommandFailure(noServer(api, reply.reason));
  const models = fieldsOf(reply.json)['models'];
  if (typeof models !== 'object' || models === null) {
    throw new CommandFailure(
      `${api.url} is no kmodel server: GET /health/ready answered ${reply.status} without models`,
    );
  }
  const names = Object.keys(models);
  const [only] = names;
  if (wanted === undefined && only !== undefined && names.length === 1) return only;
  if (wanted === undefined)
    throw new CommandFailure(`the server has several models; choose one with --model: ${names.join(', ')}`);
  if (!names.includes(wanted))
    throw new CommandFailure(`the server has no model "${wanted}"; it has: ${names.join(', ')}`);
  return wanted;
}

export function noServer(api: Api, reason: string): string {
  return `no server answers at ${api.url} (${reason}); start one with kmodel start, or give another address with --url`;
}

/** The value as an object's fields; none where it is no object. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ENOTFOUND: 'the host is unknown',
  EAI_AGAIN: 'the host is unknown',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ETIMEDOUT: 'no answer in time',
};

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? String(error.code) : '';
  return REASONS[code] ?? (error.message || code);
}
