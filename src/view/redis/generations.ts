/** Which generation there is, who may change its partitions, and where they stand. */
import { randomBytes } from 'node:crypto';
import { KmodelError } from '../../errors.ts';
import type { Claim, GenerationIdentity, PartitionState, ViewDescription } from '../view.ts';
import { BEGIN, CLAIM, DESCRIBE, ROOT } from './generation-scripts.ts';
import { droppedKey, LAYOUT_VERSION, partitionKey, partitionKeys, rootKey, type ViewNames } from './layout.ts';
import type { Scripts } from './script.ts';

/** Others may begin generations meanwhile; so many in a row mean that something is wrong. */
const MOST_TRIES = 10;

interface Root {
  readonly generation: string;
  readonly partitions: number;
}

/** The root as it stands, whether or not its partitions are there. */
export async function findRoot(scripts: Scripts, names: ViewNames): Promise<Root | undefined> {
  const reply = (await scripts.run(ROOT, [rootKey(names)], [])) as (string | null)[];
  const [generation, partitions, layout] = reply;
  if (typeof generation !== 'string') return undefined;
  if (Number(layout) > LAYOUT_VERSION) {
    throw new KmodelError('VIEW_UNAVAILABLE', 'a newer kmodel has written this view: start that version');
  }
  return { generation, partitions: Number(partitions) };
}

/** View.begin: `indexes` is what the generation's entries are for. */
export async function beginGeneration(
  scripts: Scripts,
  names: ViewNames,
  identity: GenerationIdentity,
  replaced: string | undefined,
  indexes: string,
): Promise<string> {
  const { logId, fingerprint, modelVersion, partitions } = identity;
  const id = randomBytes(9).toString('base64url');
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const former = (await findRoot(scripts, names))?.partitions ?? 0;
    const keys = [rootKey(names), droppedKey(names), ...bookkeepingKeys(names, Math.max(former, partitions))];
    const numbers = [LAYOUT_VERSION, replaced ?? '', id, partitions, former];
    const args = [...numbers, logId, fingerprint, modelVersion, indexes].map(String);
    const [begun] = (await scripts.run(BEGIN, keys, args)) as unknown[];
    if (typeof begun === 'string') return begun;
  }
  throw new KmodelError('VIEW_UNAVAILABLE', 'generations of the view are begun faster than they can be looked at');
}

/** View.claim. */
export async function claimPartition(scripts: Scripts, names: ViewNames, partition: number): Promise<Claim> {
  const keys = [rootKey(names), partitionKey(names, partition)];
  const [generation, ...state] = (await scripts.run(CLAIM, keys, [String(LAYOUT_VERSION)])) as (string | null)[];
  if (typeof generation !== 'string') return { kind: 'gone' };
  return { kind: 'claimed', generation, ...stateOf(state) };
}

/** View.describe. */
export async function describeGeneration(scripts: Scripts, names: ViewNames): Promise<ViewDescription> {
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const root = await findRoot(scripts, names);
    if (root === undefined) break;
    const { generation, partitions } = root;
    const quarantines = Array.from({ length: partitions }, (_, at) => partitionKeys(names, generation, at).quarantine);
    const keys = [rootKey(names), ...bookkeepingKeys(names, partitions), ...quarantines];
    const reply = (await scripts.run(DESCRIBE, keys, [generation])) as unknown[];
    if (reply.length === 0) break;
    if (reply[0] !== -1) return descriptionOf(root, reply);
  }
  return { generation: undefined, partitions: new Map(), quarantined: 0 };
}

function descriptionOf({ generation, partitions }: Root, [found, ...states]: readonly unknown[]): ViewDescription {
  const [logId, fingerprint, modelVersion] = found as [string, string, string];
  const described = new Map<number, PartitionState>();
  let quarantined = 0;
  for (let partition = 0; partition < partitions; partition += 1) {
    described.set(partition, stateOf(states[2 * partition] as (string | null)[]));
    quarantined += Number(states[2 * partition + 1]);
  }
  const identity = { logId, fingerprint, modelVersion: Number(modelVersion), partitions };
  return { generation: { id: generation, ...identity }, partitions: described, quarantined };
}

/** Of checkpoint, epoch, live, caughtUpAt as they are stored. */
function stateOf([checkpoint, epoch, live, caughtUpAt]: readonly (string | null)[]): PartitionState {
  return {
    checkpoint: Number(checkpoint),
    epoch: Number(epoch),
    live: live === '1',
    caughtUpAt: typeof caughtUpAt === 'string' ? Number(caughtUpAt) : undefined,
  };
}

function bookkeepingKeys(names: ViewNames, partitions: number): string[] {
  return Array.from({ length: partitions }, (_, partition) => partitionKey(names, partition));
}
