import { expect, test } from 'vitest';
import type { TopicState } from './connection.ts';
import { TopicWatch } from './topic-watch.ts';

/** A topic of one partition or more: of each its leader and the leader's epoch. */
function topic(leaders: readonly (readonly [id: number, epoch: number])[], uuid = 'a'): TopicState {
  const partitions = leaders.map(([leaderId, leaderEpoch]) => ({ leaderId, leaderEpoch, replicas: [] }));
  return { name: 'thing', uuid, id: uuid, partitions, brokers: [1, 2] };
}

/** Brokers that tell what the test says, and a clock that it sets. */
function watchOf(first: TopicState) {
  const told = { one: first as TopicState | undefined, each: [first], all: true, asked: 0, now: 0 };
  const brokers = {
    topic: () => Promise.resolve(told.one),
    topicFromEach: () => {
      told.asked++;
      return Promise.resolve({ states: told.each, all: told.all });
    },
  };
  const watch = new TopicWatch(brokers, 'thing', () => told.now);
  const leaders = async (): Promise<unknown> => {
    told.now += 500;
    const { state } = await watch.look(0);
    return state?.partitions.map(({ leaderId, leaderEpoch }) => [leaderId, leaderEpoch]);
  };
  return { told, watch, leaders };
}

test('a broker that was left behind is not believed where another one knows better', async () => {
  const { told, leaders } = watchOf(
    topic([
      [1, 4],
      [2, 7],
    ]),
  );
  expect(await leaders()).toEqual([
    [1, 4],
    [2, 7],
  ]);
  expect(told.asked).toBe(0);
  told.one = topic([
    [1, 3],
    [2, 8],
  ]);
  told.each = [
    told.one,
    topic([
      [2, 5],
      [2, 7],
    ]),
  ];
  expect(await leaders()).toEqual([
    [2, 5],
    [2, 8],
  ]);
});

test('while only brokers that were left behind answer, nobody leads, however long', async () => {
  const { told, leaders } = watchOf(
    topic([
      [1, 4],
      [2, 7],
    ]),
  );
  await leaders();
  told.one = topic([
    [1, 3],
    [2, 7],
  ]);
  told.each = [told.one];
  told.all = false;
  for (let look = 0; look < 20; look++)
    expect(await leaders()).toEqual([
      [-1, 3],
      [2, 7],
    ]);
  told.one = topic([
    [2, 4],
    [2, 7],
  ]);
  expect(await leaders()).toEqual([
    [2, 4],
    [2, 7],
  ]);
});

test('where all brokers agree for two seconds, the cluster was set back, and it is as they say', async () => {
  const { told, leaders } = watchOf(topic([[1, 4]]));
  await leaders();
  told.one = topic([[1, 2]]);
  told.each = [told.one];
  const looks = [];
  for (let look = 0; look < 6; look++) looks.push(await leaders());
  expect(looks.map((look) => JSON.stringify(look))).toEqual([...Array(4).fill('[[-1,2]]'), '[[1,2]]', '[[1,2]]']);
  // One that agrees again with what was known before begins the wait anew.
  told.one = topic([[1, 1]]);
  told.each = [told.one];
  expect(await leaders()).toEqual([[-1, 1]]);
  told.one = topic([[1, 2]]);
  expect(await leaders()).toEqual([[1, 2]]);
  told.one = topic([[1, 1]]);
  for (let look = 0; look < 4; look++) expect(await leaders()).toEqual([[-1, 1]]);
  expect(await leaders()).toEqual([[1, 1]]);
});

test('what was read of an epoch is known too, before the first look and after it', async () => {
  const { watch, leaders } = watchOf(
    topic([
      [1, 4],
      [1, 4],
    ]),
  );
  watch.heardOf(0, 5);
  expect(await leaders()).toEqual([
    [-1, 4],
    [1, 4],
  ]);
  watch.heardOf(1, 5);
  expect(watch.last).toBeUndefined();
  expect(await leaders()).toEqual([
    [-1, 4],
    [-1, 4],
  ]);
});

test('a topic made anew begins with epochs of its own', async () => {
  const { told, leaders } = watchOf(topic([[1, 4]]));
  await leaders();
  told.one = topic([[1, 0]], 'b');
  expect(await leaders()).toEqual([[1, 0]]);
  told.one = undefined;
  expect(await leaders()).toBeUndefined();
  told.one = topic([[1, 0]], 'c');
  expect(await leaders()).toEqual([[1, 0]]);
});
