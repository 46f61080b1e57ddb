/** Faults around real ports: batches cut anywhere, and a view that stops answering as a crashed process would. */
import type { Batch, Log } from '../../src/log/log.ts';
import type { ApplyOutcome, View } from '../../src/view/view.ts';

/** The log with its batches cut into pieces of the given sizes, again and again. */
export function cutBatches(log: Log, sizes: readonly number[]): Log {
  let at = 0;
  const nextSize = (): number => sizes[at++ % sizes.length]!;
  async function* read(...args: Parameters<Log['read']>): AsyncIterable<Batch> {
    for await (const batch of log.read(...args)) yield* cut(batch, nextSize);
  }
  return withMethods(log, { read });
}

function* cut(batch: Batch, nextSize: () => number): Iterable<Batch> {
  let { records, fromOffset } = batch;
  for (;;) {
    const piece = records.slice(0, nextSize());
    records = records.slice(piece.length);
    const nextOffset = records.length === 0 ? batch.nextOffset : piece.at(-1)!.offset + 1;
    yield { partition: batch.partition, fromOffset, nextOffset, records: piece };
    if (records.length === 0) return;
    fromOffset = nextOffset;
  }
}

/** How an apply ends that a crash meets: before anything was done, or done but not answered. */
export type Crash = { readonly afterApplies: number; readonly applied: boolean };

/** The view of a worker that crashes at its n-th apply: from then on nothing it asks for is done. */
export function crashingView(view: View, crash: Crash): { view: View; crashed: Promise<void> } {
  const { promise: crashed, resolve } = Promise.withResolvers<void>();
  let left = crash.afterApplies;
  async function apply(update: Parameters<View['apply']>[0]): Promise<ApplyOutcome> {
    if (left > 0) {
      left -= 1;
      return view.apply(update);
    }
    const first = left === 0;
    left = -1;
    if (first && crash.applied) await view.apply(update);
    resolve();
    throw new Error('crashed');
  }
  const refuse = (): Promise<never> => Promise.reject(new Error('crashed'));
  const claim: View['claim'] = (partition) => (left < 0 ? refuse() : view.claim(partition));
  const begin: View['begin'] = (...args) => (left < 0 ? refuse() : view.begin(...args));
  return { view: withMethods(view, { apply, claim, begin }), crashed };
}

/** The port with some of its methods replaced. */
export function withMethods<Port extends object>(port: Port, methods: Partial<Port>): Port {
  return new Proxy(port, {
    get(target, name, receiver) {
      const own = Reflect.get(methods, name, receiver) as unknown;
      if (own !== undefined) return own;
      const value = Reflect.get(target, name, target) as unknown;
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
