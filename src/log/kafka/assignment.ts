/** Shares a topic's partitions out among the members of a group: evenly, and with as few as possible changing hands. Pure. */

/** A member, and what it kept until now, by its own word. */
export interface Claimant {
  readonly memberId: string;
  readonly owned: readonly number[];
  /** The group's generation in which it was given them; an older word counts less. -1: none. */
  readonly generation: number;
}

/** Every partition 0 … count - 1 goes to one member; no member has more than one partition more than another. */
export function shareOut(claimants: readonly Claimant[], count: number): ReadonlyMap<string, readonly number[]> {
  const owners = ownersOf(claimants, count);
  const kept = claimants.map(({ memberId }) => ({
    memberId,
    partitions: [...owners.entries()].flatMap(([partition, owner]) => (owner === memberId ? [partition] : [])),
  }));
  // Who has most keeps most: the members that get one more than the others come first.
  kept.sort((a, b) => b.partitions.length - a.partitions.length || (a.memberId < b.memberId ? -1 : 1));
  const least = Math.floor(count / kept.length);
  const withOneMore = count % kept.length;
  const shares = kept.map(({ memberId, partitions }, place) => {
    const quota = place < withOneMore ? least + 1 : least;
    return { memberId, quota, partitions: partitions.slice(0, quota) };
  });
  const taken = new Set(shares.flatMap(({ partitions }) => partitions));
  const free = owners.map((_, partition) => partition).filter((partition) => !taken.has(partition));
  return new Map(
    shares.map(({ memberId, quota, partitions }) => {
      const more = free.splice(0, quota - partitions.length);
      return [memberId, [...partitions, ...more].sort((a, b) => a - b)];
    }),
  );
}

/** By partition who has it; where two say so, the one that was given it later, and of the same age neither. */
function ownersOf(claimants: readonly Claimant[], count: number): readonly (string | undefined)[] {
  return Array.from({ length: count }, (_, partition) => {
    const claims = claimants.filter(({ owned }) => owned.includes(partition));
    const newest = Math.max(...claims.map(({ generation }) => generation));
    const [claim, ...others] = claims.filter(({ generation }) => generation === newest);
    return others.length === 0 ? claim?.memberId : undefined;
  });
}
