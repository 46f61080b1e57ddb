/** How long ago something was, kept up to date; the exact time is in the title. */
import { useSyncExternalStore } from 'react';
import { texts } from '../texts.ts';

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const absolute = new Intl.DateTimeFormat('en', { dateStyle: 'full', timeStyle: 'short' });

const STEPS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['week', 7 * 86_400],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

/** `then` and `now` in milliseconds. A clock that runs ahead shows as just now. */
export function timeAgo(then: number, now: number): string {
  const seconds = (now - then) / 1000;
  for (const [unit, length] of STEPS) {
    if (seconds >= length) return relative.format(-Math.floor(seconds / length), unit);
  }
  return texts.justNow;
}

const TICK_MS = 30_000;
let now = Date.now();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function tick(): void {
  now = Date.now();
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(tick, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

export function RelativeTime({ iso }: { iso: string }) {
  const current = useSyncExternalStore(subscribe, () => now);
  const then = Date.parse(iso);
  if (Number.isNaN(then)) return null;
  return (
    <time dir="ltr" dateTime={iso} title={absolute.format(then)}>
      {timeAgo(then, current)}
    </time>
  );
}
