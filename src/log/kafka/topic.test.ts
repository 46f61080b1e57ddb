import { describe, expect, test } from 'vitest';
import { creationSettings, judgeTopic, type TopicFound, type TopicWanted } from './topic.ts';

const wanted: TopicWanted = {
  name: 'thing',
  partitions: 2,
  bootstrap: 'k1:9092,k2:9092',
  minCompactionLagMs: 5,
  deleteRetentionMs: 7,
};

const STRONG = { 'cleanup.policy': 'compact', 'min.insync.replicas': '2', 'unclean.leader.election.enable': 'false' };

function found(
  settings: Record<string, string>,
  replicas: readonly number[][],
  brokers: readonly number[],
): TopicFound {
  const partitions = replicas.map((each) => ({ leaderId: 1, leaderEpoch: 0, replicas: each }));
  return { state: { partitions, brokers }, settings };
}

const lone = (settings: Record<string, string>, count = 2): TopicFound =>
  found(
    settings,
    Array.from({ length: count }, () => [1]),
    [1],
  );

describe('a topic that fits', () => {
  test('on one broker needs no more than to be compacted and to have the model’s partitions', () => {
    const weak = { 'cleanup.policy': 'compact', 'min.insync.replicas': '1', 'unclean.leader.election.enable': 'true' };
    expect(judgeTopic(lone(weak), wanted)).toEqual({ kind: 'fit', warnings: [] });
  });

  test('on three brokers, with three replicas of which two are in sync, has no weakness', () => {
    const three = [1, 2, 3];
    expect(judgeTopic(found(STRONG, [three, three], three), wanted)).toEqual({ kind: 'fit', warnings: [] });
  });

  test('on three brokers each weakness is told with the command that mends it', () => {
    const weak = { 'cleanup.policy': 'compact', 'min.insync.replicas': '1', 'unclean.leader.election.enable': 'true' };
    const judged = judgeTopic(found(weak, [[2], [3, 1]], [1, 2, 3]), wanted);
    const configs =
      'kafka-configs.sh --bootstrap-server k1:9092,k2:9092 --entity-type topics --entity-name thing --alter --add-config';
    const json =
      '{"version":1,"partitions":[{"topic":"thing","partition":0,"replicas":[2,1,3]},{"topic":"thing","partition":1,"replicas":[3,1,2]}]}';
    expect(judged).toEqual({
      kind: 'fit',
      warnings: [
        `topic thing: replication factor 1, should be 3; run: echo '${json}' > replicas.json && kafka-reassign-partitions.sh --bootstrap-server k1:9092,k2:9092 --reassignment-json-file replicas.json --execute`,
        `topic thing: min.insync.replicas=1, should be 2; run: ${configs} min.insync.replicas=2`,
        `topic thing: unclean.leader.election.enable=true, should be false; run: ${configs} unclean.leader.election.enable=false`,
      ],
    });
  });
});

describe('a topic that doesn’t fit', () => {
  const message = (judged: ReturnType<typeof judgeTopic>): string =>
    judged.kind === 'unfit' ? judged.message : 'it fits';

  test.each(['delete', 'compact,delete', 'delete,compact', ''])('cleanup.policy=%s is refused', (policy) => {
    expect(message(judgeTopic(lone({ 'cleanup.policy': policy }), wanted))).toBe(
      `topic thing: expected cleanup.policy=compact, found cleanup.policy=${policy}; run: kafka-configs.sh --bootstrap-server k1:9092,k2:9092 --entity-type topics --entity-name thing --alter --add-config cleanup.policy=compact`,
    );
  });

  test('too few partitions can be added, with what it means', () => {
    const text = message(judgeTopic(lone({ 'cleanup.policy': 'compact' }, 1), wanted));
    expect(text).toContain('expected 2 partitions, found 1');
    expect(text).toContain('kafka-topics.sh --bootstrap-server k1:9092,k2:9092 --alter --topic thing --partitions 2');
    expect(text).toContain('partitions: 1 in the model');
  });

  test('too many can not be taken away: the model changes, or the topic goes', () => {
    const text = message(judgeTopic(lone({ 'cleanup.policy': 'compact' }, 3), wanted));
    expect(text).toContain('expected 2 partitions, found 3');
    expect(text).toContain('kafka-topics.sh --bootstrap-server k1:9092,k2:9092 --delete --topic thing');
    expect(text).toContain('partitions: 3 in the model');
  });

  test('all that is wrong is told at once, in one line', () => {
    expect(message(judgeTopic(lone({ 'cleanup.policy': 'delete' }, 3), wanted))).toMatch(
      /^[^\n]*policy[^\n]*partitions[^\n]*$/,
    );
  });
});

test('a topic is created compacted, with the strong settings where three brokers can keep them', () => {
  const common = { 'cleanup.policy': 'compact', 'min.compaction.lag.ms': '5', 'delete.retention.ms': '7' };
  expect(creationSettings(2, wanted)).toEqual({ ...common, 'max.message.bytes': '2097152' });
  expect(creationSettings(3, wanted)).toMatchObject({ ...common, ...STRONG });
});
