/** `kmodel quarantine list`: the records that could not be applied, page by page, as a running server tells them. */
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { WireQuarantinedRecord } from '../http/wire.ts';
import { type Api, describeReply, fieldsOf, noServer, sendPatiently } from './api.ts';
import { CommandFailure, oneLine } from './failure.ts';
import { counted } from './status-text.ts';

/** How much of a key is printed. Characters. */
const MOST_KEY = 200;

/**
 * Writes two lines for each record, and last how many there are; with `json` one line of JSON for each, as the API answers
 * it. A slow reader slows the reading.
 * @throws CommandFailure where the server is gone or refuses
 */
export async function listQuarantine(api: Api, model: string, output: Writable, json: boolean): Promise<void> {
  let count = 0;
  let after: string | undefined;
  do {
    const page = await readPage(api, model, after);
    count += page.items.length;
    const text = page.items.map((item) => (json ? `${JSON.stringify(item)}\n` : recordText(item))).join('');
    if (!output.write(text)) await once(output, 'drain');
    after = page.next;
  } while (after !== undefined);
  if (!json) output.write(`${model}: ${counted(count, 'record')} in quarantine\n`);
}

interface Page {
  readonly items: readonly WireQuarantinedRecord[];
  readonly next: string | undefined;
}

async function readPage(api: Api, model: string, after: string | undefined): Promise<Page> {
  const cursor = after === undefined ? '' : `?after=${encodeURIComponent(after)}`;
  const path = `/status/${model}/quarantine${cursor}`;
  const reply = await sendPatiently(api, { method: 'GET', path });
  if (reply.kind === 'unreachable') throw new CommandFailure(noServer(api, reply.reason));
  if (reply.status !== 200) throw new CommandFailure(`${api.url}${path} answered ${describeReply(reply)}`);
  const { items, next } = fieldsOf(reply.json);
  if (!Array.isArray(items) || !items.every(isRecord))
    throw new CommandFailure(`${api.url} is no kmodel server of this version: GET ${path} answered without records`);
  return { items, next: typeof next === 'string' ? next : undefined };
}

/** Whether the parts are there that the text is made of. */
function isRecord(value: unknown): value is WireQuarantinedRecord {
  const { key, partition, offset, timestamp, reason, detail } = fieldsOf(value);
  return (
    typeof fieldsOf(key)['bytes'] === 'number' &&
    [partition, offset, timestamp].every((one) => typeof one === 'number') &&
    typeof reason === 'string' &&
    typeof detail === 'string'
  );
}

function recordText({ key, partition, offset, timestamp, reason, detail }: WireQuarantinedRecord): string {
  const place = `partition ${partition}, offset ${offset}`;
  return `${place}, ${timeText(timestamp)}: ${oneLine(reason)}, key ${keyText(key)}\n    ${oneLine(detail)}\n`;
}

function keyText(key: WireQuarantinedRecord['key']): string {
  const isText = 'text' in key;
  const whole = isText ? key.text : key.base64;
  const start = whole.slice(0, MOST_KEY);
  const shown = isText ? JSON.stringify(start) : `${start} (base64)`;
  const bytes = isText ? Buffer.byteLength(start) : Math.floor((start.length * 3) / 4);
  return oneLine(bytes < key.bytes && start.length >= MOST_KEY ? `${shown}… (${key.bytes} bytes)` : shown);
}

/** A time that no calendar has is shown as it is. */
function timeText(timestamp: number): string {
  const date = new Date(timestamp);
  return Number.isNaN(date.getTime()) ? String(timestamp) : date.toISOString();
}
