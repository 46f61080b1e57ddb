import { decodeConsumerProtocolAssignment, encodeConsumerProtocolSubscription } from '@platformatic/kafka';
import { describe, expect, test } from 'vitest';
import { isOfTopic, keptViewOf, type KeptView, sharesOf, subscriptionOf } from './subscription.ts';

const JOBS: KeptView = { topic: 'job', partitions: 4, prefix: 'board', fingerprint: 'f1' };

function member(memberId: string, view: Partial<KeptView> = {}, owned: readonly number[] = []) {
  return { memberId, metadata: subscriptionOf({ ...JOBS, ...view }, { owned, generation: 1 }) };
}

function shares(members: Parameters<typeof sharesOf>[0]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    sharesOf(members).map(({ memberId, assignment }) => {
      const { assignedPartitions } = decodeConsumerProtocolAssignment(assignment);
      return [memberId, assignedPartitions.map(({ topic, partitions }) => `${topic}: ${partitions.join()}`).join('; ')];
    }),
  );
}

describe('what members of a group tell each other', () => {
  test('the view that a member keeps is read as it was told', () => {
    expect(keptViewOf(member('a').metadata)).toEqual(JOBS);
    expect(isOfTopic(member('a').metadata, 'job')).toBe(true);
    expect(isOfTopic(member('a').metadata, 'recipe')).toBe(false);
  });

  test('members of one view share its partitions', () => {
    expect(shares([member('a', {}, [0, 1, 2, 3]), member('b')])).toEqual({ a: 'job: 0,1', b: 'job: 2,3' });
  });

  test('another prefix, another definition and another topic are views of their own, and each is kept whole', () => {
    const others = [
      member('prefix', { prefix: 'other' }),
      member('definition', { fingerprint: 'f2' }),
      member('topic', { topic: 'recipe', partitions: 2 }, [7]),
    ];
    expect(shares([member('a'), ...others, member('b')])).toEqual({
      a: 'job: 0,1',
      b: 'job: 2,3',
      prefix: 'job: 0,1,2,3',
      definition: 'job: 0,1,2,3',
      topic: 'recipe: 0,1',
    });
  });

  test('who says something else, or nothing, gets nothing, and takes nothing from the others', () => {
    const of = (userData: string) =>
      encodeConsumerProtocolSubscription({ version: 2, topics: ['job'], userData: Buffer.from(userData) });
    const strangers = {
      'an older kmodel': encodeConsumerProtocolSubscription({ version: 2, topics: ['job'] }),
      'a newer one': of('\x02["job",4,"board","f1"]'),
      'too few words': of('\x01["job",4]'),
      'no whole number': of('\x01["job",1.5,"board","f1"]'),
      'too many partitions': of('\x01["job",100001,"board","f1"]'),
      'no JSON': of('\x01job'),
      'no subscription': Buffer.of(1),
    };
    const members = Object.entries(strangers).map(([memberId, metadata]) => ({ memberId, metadata }));
    expect(shares([...members, member('a')])).toEqual({
      ...Object.fromEntries(members.map(({ memberId }) => [memberId, ''])),
      a: 'job: 0,1,2,3',
    });
  });
});
