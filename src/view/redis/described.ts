/** What the scripts about generations answer, as the port shows it. Pure. */
import { ownerOfText } from '../trust.ts';
import type { Owner, PartitionState, Rebuild, Seam, StoredDoubt, ViewDescription } from '../view.ts';

/** A description, and what only this adapter looks at. */
export interface Described {
  /** Without its doubt. */
  readonly view: ViewDescription;
  /** Those that are stored. */
  readonly doubts: readonly StoredDoubt[];
  /** How often one was released. */
  readonly releases: number;
  /** The server that the generation was last seen on, and how many keys it had evicted; undefined: not known yet. */
  readonly server: { readonly runId: string; readonly evicted: number } | undefined;
  /** Where two counts that must be equal aren't: one line. */
  readonly contradiction: string | undefined;
}

type Field = string | number | null | undefined;

/** Of checkpoint, epoch, live, caughtUpAt, leaderEpoch, tail as they are stored. */
export function stateOf([checkpoint, epoch, live, caughtUpAt, leaderEpoch, tail]: readonly Field[]): PartitionState {
  const seam: Seam = {
    ...(isKnown(leaderEpoch) ? { leaderEpoch: Number(leaderEpoch) } : {}),
    ...(isKnown(tail) ? { tail: String(tail) } : {}),
  };
  return {
    checkpoint: Number(checkpoint),
    epoch: Number(epoch),
    live: live === '1',
    caughtUpAt: isKnown(caughtUpAt) ? Number(caughtUpAt) : undefined,
    ...(Object.keys(seam).length === 0 ? {} : { seam }),
  };
}

/** Of `epoch seen name`, which may hold a problem, at the server's time `now`. */
export function ownerOf(text: Field, now: number): Owner | undefined {
  const match = typeof text === 'string' ? /^\d+ (\d+) ([^]*)$/.exec(text) : null;
  if (match === null) return undefined;
  return ownerOfText(match[2]!, Math.max(0, now - Number(match[1])));
}

/** What DESCRIBE answers. */
export function descriptionOf(
  generation: string,
  partitions: number,
  orders: readonly string[],
  [root, now, owners, ...states]: readonly unknown[],
): Described {
  const [doubts, releases, runId, evicted] = (root as (string | null)[]).slice(IDENTITY_FIELDS);
  const owned = pairs(owners as string[]);
  const described = new Map<number, PartitionState>();
  let [quarantined, entities] = [0, 0];
  let contradiction: string | undefined;
  for (let partition = 0; partition < partitions; partition += 1) {
    const counts = states[2 * partition + 1] as number[];
    const owner = ownerOf(owned.get(String(partition)), Number(now));
    const state = stateOf(states[2 * partition] as (string | null)[]);
    described.set(partition, owner === undefined ? state : { ...state, owner });
    quarantined += Math.max(0, counts[0]!);
    entities += Math.max(0, counts[1]!);
    contradiction ??= contradictionIn(partition, orders, counts);
  }
  const identity = identityOf(generation, partitions, root as (string | null)[]);
  return {
    view: { generation: identity, partitions: described, quarantined, entities },
    doubts: doubtsOf(doubts),
    releases: Number(releases ?? 0),
    server: isKnown(evicted) ? { runId: runId ?? '', evicted: Number(evicted) } : undefined,
    contradiction,
  };
}

/** How many of the root's fields that DESCRIBE answers are of the generation's identity: the first ones. */
const IDENTITY_FIELDS = 6;

function identityOf(
  id: string,
  partitions: number,
  [logId, fingerprint, modelVersion, incarnation, rebuilds, starts]: readonly (string | null)[],
): ViewDescription['generation'] {
  return {
    id,
    logId: String(logId),
    fingerprint: String(fingerprint),
    modelVersion: Number(modelVersion),
    partitions,
    ...(isKnown(incarnation) ? { incarnation: Number(incarnation) } : {}),
    ...(isKnown(rebuilds) ? { rebuilds: JSON.parse(rebuilds!) as Rebuild[] } : {}),
    ...(isKnown(starts) ? { starts: JSON.parse(starts!) as Record<string, number> } : {}),
  };
}

/** The root's field `doubts`. */
export function doubtsOf(text: Field): readonly StoredDoubt[] {
  return isKnown(text) ? (JSON.parse(String(text)) as StoredDoubt[]) : [];
}

/** What is the same after each update, since it changes all of them in one step: one line where it isn't. -1: another type. */
function contradictionIn(
  partition: number,
  orders: readonly string[],
  [kept, rows, entries, ordered, ...places]: readonly number[],
): string | undefined {
  const at = places.findIndex((size) => size !== rows);
  if (at >= 0) return `partition ${partition} holds ${rows} entities, and ${places[at]} in the order of ${orders[at]}`;
  if (kept !== ordered)
    return `partition ${partition} holds ${kept} records in quarantine, and ${ordered} in their order`;
  if (rows! < 0 || kept! < 0 || entries! < 0) return `partition ${partition} has keys of another type`;
  return rows! < entries! ? `partition ${partition} holds ${rows} entities, and terms of ${entries}` : undefined;
}

function pairs(flat: readonly string[]): ReadonlyMap<string, string> {
  return new Map(flat.flatMap((key, at) => (at % 2 === 0 ? [[key, flat[at + 1]!] as const] : [])));
}

/** An absent or empty field means that it is not known. */
function isKnown(field: Field): boolean {
  return field !== null && field !== undefined && field !== '';
}
