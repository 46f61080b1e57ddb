import { describe, expect, test } from 'vitest';
import {
  creationSettings,
  deleteRetentionOf,
  judgeTopic,
  type TopicFound,
  type TopicWanted,
} from './topic-judgement.ts';

const wanted: TopicWanted = {
  name: 'thing',
  model: 'thing',
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

  test('takes every body that the API promises to take, or is told to', () => {
    const judged = (bytes: number): ReturnType<typeof judgeTopic> =>
      judgeTopic(lone({ 'cleanup.policy': 'compact', 'max.message.bytes': String(bytes) }), wanted);
    // Kafka's default.
    expect(judged(1_048_588)).toEqual({
      kind: 'fit',
      warnings: [
        'topic thing: max.message.bytes=1048588, should be at least 1052672: larger entities are refused; run: kafka-configs.sh --bootstrap-server k1:9092,k2:9092 --entity-type topics --entity-name thing --alter --add-config max.message.bytes=2097152',
      ],
    });
    expect(judged(2_097_152)).toEqual({ kind: 'fit', warnings: [] });
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

  test.each([
    [{ ...wanted }, 'thing-2'],
    [{ ...wanted, name: 'thing-2' }, 'thing-3'],
    [{ ...wanted, name: 'thing-old' }, 'thing-old-2'],
  ])('with another count of partitions its records are copied to a topic of another name: %#', (of, next) => {
    const add = `kafka-topics.sh --bootstrap-server k1:9092,k2:9092 --alter --topic ${of.name} --partitions 2`;
    const [few, many] = [1, 3].map((count) => message(judgeTopic(lone({ 'cleanup.policy': 'compact' }, count), of)));
    expect(few).toContain(`expected 2 partitions, found 1; run, only while it holds no record: ${add} ; `);
    // With what the records were written, all of them can be read, and copied.
    expect(few).toContain('set partitions: 1 in the model again, or copy the records: ');
    expect(few).toContain(`set partitions: 2 and topic: '${next}' in the model`);
    expect(many).toContain('expected 2 partitions, found 3; copy the records: ');
    expect(many).toContain(`set topic: '${next}' in the model`);
    expect(many).toMatch(/only if the topic has had 3 from its beginning, set partitions: 3 in the model instead$/);
    for (const text of [few, many]) {
      expect(text).toContain('run: kmodel export --model thing > thing.jsonl ; ');
      expect(text).toContain('run: kmodel import --model thing thing.jsonl ; ');
      expect(text).not.toContain('--delete');
    }
  });

  test('tombstones that go at once are refused; how long they stay may be unknown', () => {
    const judged = (ms: string): ReturnType<typeof judgeTopic> =>
      judgeTopic(lone({ 'cleanup.policy': 'compact', 'delete.retention.ms': ms }), wanted);
    expect(message(judged('0'))).toBe(
      'topic thing: expected delete.retention.ms above 0, found delete.retention.ms=0; run: kafka-configs.sh --bootstrap-server k1:9092,k2:9092 --entity-type topics --entity-name thing --alter --add-config delete.retention.ms=60000',
    );
    expect(judged('59999')).toMatchObject({ kind: 'fit', warnings: [expect.stringContaining('=59999, should be')] });
    for (const ms of ['60000', '', 'soon']) expect(judged(ms)).toEqual({ kind: 'fit', warnings: [] });
    expect(deleteRetentionOf({})).toBeUndefined();
    expect(deleteRetentionOf({ 'delete.retention.ms': '' })).toBeUndefined();
  });

  test('all that is wrong is told at once, in one line', () => {
    expect(message(judgeTopic(lone({ 'cleanup.policy': 'delete' }, 3), wanted))).toMatch(
      /^[^\n]*policy[^\n]*partitions[^\n]*$/,
    );
  });
});

test('a topic is created compacted, with the strong settings where three brokers can keep them', () => {
  const common = {
    'cleanup.policy': 'compact',
    'min.compaction.lag.ms': '5',
    'delete.retention.ms': '7',
    'message.timestamp.before.max.ms': '3600000',
  };
  expect(creationSettings(2, wanted)).toEqual({ ...common, 'max.message.bytes': '2097152' });
  expect(creationSettings(3, wanted)).toMatchObject({ ...common, ...STRONG });
});

describe('the time in which a record may land', () => {
  test('is an hour in a topic that is made', () => {
    expect(creationSettings(1, wanted)).toMatchObject({ 'message.timestamp.before.max.ms': '3600000' });
  });

  test.each([
    ['9223372036854775807', 'CreateTime', 1],
    ['3600000', 'CreateTime', 0],
    ['9223372036854775807', 'LogAppendTime', 0],
  ])('%s with %s: %i warnings', (bound, type, warnings) => {
    const settings = {
      'cleanup.policy': 'compact',
      'message.timestamp.before.max.ms': bound,
      'message.timestamp.type': type,
    };
    const judged = judgeTopic(lone(settings), wanted);
    expect(judged.kind === 'fit' ? judged.warnings : []).toHaveLength(warnings);
    if (warnings > 0) expect(JSON.stringify(judged)).toContain('--add-config message.timestamp.before.max.ms=3600000');
  });
});
