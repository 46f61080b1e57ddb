/** Which generation there is, who may change its partitions, and where they stand. */
import { randomBytes } from 'node:crypto';
import { KmodelError } from '../../errors.ts';
import type { Claim, GenerationIdentity, ViewDescription } from '../view.ts';
import { type Described, descriptionOf, ownerOf, stateOf } from './described.ts';
import { BEGIN, CLAIM, DESCRIBE, ROOT, SEEN } from './generation-scripts.ts';
import {
  CREATED_AT,
  droppedKey,
  LAYOUT_VERSION,
  ownersKey,
  partitionKey,
  partitionKeys,
  rootKey,
  type ViewNames,
} from './layout.ts';
import type { Commands } from './dropping.ts';
import type { Scripts } from './script.ts';
import { askServerNow } from './server-watch.ts';

/** Others may begin generations meanwhile; so many in a row mean that something is wrong. */
const MOST_TRIES = 10;

interface Root {
  readonly generation: string;
  readonly partitions: number;
  readonly layout: number;
  /** What its entries are for. */
  readonly indexes: string;
}

/** The root as it stands, whether or not its partitions are there. */
export async function findRoot(scripts: Scripts, names: ViewNames): Promise<Root | undefined> {
  const reply = (await scripts.run(ROOT, [rootKey(names)], [])) as (string | null)[];
  const [generation, partitions, layout, indexes] = reply;
  if (typeof generation !== 'string') return undefined;
  if (Number(layout) > LAYOUT_VERSION) {
    throw new KmodelError('VIEW_UNAVAILABLE', 'a newer kmodel has written this view: start that version');
  }
  return { generation, partitions: Number(partitions), layout: Number(layout), indexes: indexes ?? '' };
}

/** View.begin: `indexes` is what the generation's entries are for. What the server has evicted is counted from before it. */
export async function beginGeneration(
  commands: Commands,
  names: ViewNames,
  identity: GenerationIdentity,
  replaced: string | undefined,
  indexes: string,
): Promise<string> {
  const { logId, fingerprint, modelVersion, partitions, incarnation, rebuilds, starts } = identity;
  const id = randomBytes(9).toString('base64url');
  const { runId, evicted } = await askServerNow(commands);
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const former = (await findRoot(commands, names))?.partitions ?? 0;
    const books = bookkeepingKeys(names, Math.max(former, partitions));
    const keys = [rootKey(names), droppedKey(names), ownersKey(names), ...books];
    const numbers = [LAYOUT_VERSION, replaced ?? '', id, partitions, former];
    const more = [incarnation ?? '', json(rebuilds), json(starts), runId, evicted];
    const args = [...numbers, logId, fingerprint, modelVersion, indexes, ...more].map(String);
    const [begun] = (await commands.run(BEGIN, keys, args)) as unknown[];
    if (typeof begun === 'string') return begun;
  }
  throw new KmodelError('VIEW_UNAVAILABLE', 'generations of the view are begun faster than they can be looked at');
}

/** An absent field is an empty one. */
function json(value: unknown): string {
  return value === undefined ? '' : JSON.stringify(value);
}

/** View.claim. */
export async function claimPartition(
  scripts: Scripts,
  names: ViewNames,
  partition: number,
  owner: string,
): Promise<Claim> {
  const keys = [rootKey(names), partitionKey(names, partition), ownersKey(names)];
  const reply = (await scripts.run(CLAIM, keys, [String(LAYOUT_VERSION), String(partition), owner])) as (
    | string
    | number
    | null
  )[];
  const [generation, ...state] = reply;
  if (typeof generation !== 'string') return { kind: 'gone' };
  const owned = ownerOf(state[6], Number(state[7]));
  return { kind: 'claimed', generation, ...stateOf(state), ...(owned === undefined ? {} : { owner: owned }) };
}

/** View.keepSeen; with an empty name, View.leave. */
export async function noteSeen(
  scripts: Scripts,
  names: ViewNames,
  generation: string,
  claims: ReadonlyMap<number, number>,
  owner: string,
): Promise<void> {
  const keys = [rootKey(names), ownersKey(names), ...[...claims.keys()].map((each) => partitionKey(names, each))];
  await scripts.run(SEEN, keys, [generation, owner, ...[...claims].flat().map(String)]);
}

/** The indexes that a view is opened for. */
export interface OwnIndexes {
  readonly sorts: readonly string[];
  /** As the root has them: only then all orders are there. */
  readonly text: string;
}

/** View.describe, with what only this adapter looks at. A generation of an older layout is none: it is begun anew. */
export async function describeGeneration(scripts: Scripts, names: ViewNames, own: OwnIndexes): Promise<Described> {
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const root = await findRoot(scripts, names);
    if (root === undefined || root.layout < LAYOUT_VERSION) break;
    const { generation, partitions, indexes } = root;
    const orders = [CREATED_AT, ...(indexes === own.text ? own.sorts : [])];
    const counted = Array.from({ length: partitions }, (_, partition) => {
      const keys = partitionKeys(names, generation, partition);
      const { quarantine, entities, entries, quarantineOrder } = keys;
      return [quarantine, entities, entries, quarantineOrder, ...orders.map((order) => keys.sort(order))];
    });
    const keys = [rootKey(names), ...bookkeepingKeys(names, partitions), ownersKey(names), ...counted.flat()];
    const reply = (await scripts.run(DESCRIBE, keys, [generation, String(4 + orders.length)])) as unknown[];
    if (reply.length === 0) break;
    if (reply[0] !== -1) return descriptionOf(generation, partitions, orders, reply);
  }
  const view: ViewDescription = { generation: undefined, partitions: new Map(), quarantined: 0 };
  return { view, doubts: [], releases: 0, server: undefined, contradiction: undefined };
}

function bookkeepingKeys(names: ViewNames, partitions: number): string[] {
  return Array.from({ length: partitions }, (_, partition) => partitionKey(names, partition));
}
