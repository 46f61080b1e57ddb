import { expect, test } from 'vitest';
import { awaitVisible } from './visible.ts';

function measured() {
  let clock = 0;
  const seconds: number[] = [];
  const visibility = awaitVisible(
    (one) => seconds.push(one),
    () => clock,
  );
  return { ...visibility, seconds, pass: (ms: number) => (clock += ms) };
}

test('a write is visible once the checkpoint of its partition has passed it, and counts once', () => {
  const { acknowledged, moved, seconds, pass } = measured();
  acknowledged(new Map([[1, 5]]));
  pass(2);
  moved(new Map([[0, 99]]));
  moved(new Map([[1, 4]]));
  expect(seconds).toEqual([]);
  pass(3);
  moved(new Map([[1, 7]]));
  moved(new Map([[1, 8]]));
  expect(seconds).toEqual([0.005]);
});

test('what is never seen is forgotten beyond a limit', () => {
  const { acknowledged, moved, seconds } = measured();
  for (let write = 1; write <= 1_500; write += 1) acknowledged(new Map([[0, write]]));
  moved(new Map([[0, 2_000]]));
  expect(seconds).toHaveLength(1_000);
});

test('a write that was seen before its acknowledgement was taken up counts too', () => {
  const { acknowledged, moved, seconds } = measured();
  moved(new Map([[1, 6]]));
  acknowledged(new Map([[1, 6]]));
  acknowledged(new Map([[1, 7]]));
  expect(seconds).toEqual([0]);
  moved(new Map([[1, 7]]));
  expect(seconds).toEqual([0, 0]);
});
