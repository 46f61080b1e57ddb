/**
 * The oracle, a process of its own: it folds the topic by Kafka's own console consumer, asks a client 20 gets and a list a
 * second, and judges each answer at the position that the answer names. It is told over IPC which clients there are, and
 * when the topic went back to an older state; it tells each round.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { followTopic, type Following } from './follow.ts';
import { difference, History, type At, type Round, type Shown } from './history.ts';

/** What the oracle is told. */
export type ToOracle =
  | { readonly kind: 'clients'; readonly urls: readonly string[] }
  /** Answers from here on mean nothing: the topic is being set back. */
  | { readonly kind: 'blind' }
  /** The topic is what it is: fold it from its start. */
  | { readonly kind: 'sees' }
  | { readonly kind: 'end' };

/** What it tells. */
export type FromOracle = { readonly kind: 'round'; readonly round: Round } | { readonly kind: 'ended' };

const GETS = 20;
const ROUND_MS = 1_000;
const ANSWER_WITHIN_MS = 3_000;
/** How long the fold may take to reach an answer's position; after that the answer names what the topic doesn't hold. */
const FOLDED_WITHIN_MS = 20_000;
const MOST_JUDGING = 200;

interface Asked {
  readonly id: string | undefined;
  readonly status: number;
  readonly position: At;
  readonly body: unknown;
}

const brokers = process.env['ORACLE_BROKERS']!;
const topic = process.env['ORACLE_TOPIC']!;
const path = `/api/${topic}`;

let urls: readonly string[] = [];
let history = new History();
let following: Following | undefined;
let fold = 0;
let isBlind = false;
/** What messages and rounds under way change while the main loop waits. */
const state = { isOver: false, judging: 0 };

function look(): void {
  history = new History();
  const mine = history;
  following = followTopic(brokers, topic, (record) => mine.add(record));
}

async function ask(url: string, more: string, id: string | undefined): Promise<Asked | undefined> {
  try {
    const answer = await fetch(`${url}${path}${more}`, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    const body: unknown = await answer.json();
    return { id, status: answer.status, position: positionOf(answer.headers.get('kmodel-position') ?? ''), body };
  } catch {
    return undefined;
  }
}

function positionOf(text: string): At {
  const [list = ''] = text.split(';');
  return new Map(list === '' ? [] : list.split(',').map((entry) => entry.split('=').map(Number) as [number, number]));
}

async function statusOk(url: string): Promise<boolean | undefined> {
  try {
    const answer = await fetch(`${url}/status`, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    return ((await answer.json()) as { ok: boolean }).ok;
  } catch {
    return undefined;
  }
}

async function round(): Promise<void> {
  const url = urls[Math.floor(Math.random() * urls.length)];
  if (url === undefined || isBlind) return;
  const at = Date.now();
  const mine = fold;
  const known = history.ids();
  const ids = Array.from({ length: GETS }, (_, n) => known[Math.floor(Math.random() * known.length)] ?? `none-${n}`);
  const [ok, ...answers] = await Promise.all([
    statusOk(url),
    ask(url, '?limit=1000', undefined),
    ...ids.map((id) => ask(url, `/${encodeURIComponent(id)}`, id)),
  ]);
  const told = answers.flatMap((answer) => answer ?? []).filter(({ status }) => status === 200 || status === 404);
  if (state.judging >= MOST_JUDGING) return;
  state.judging += 1;
  const verdicts = await Promise.all(told.map((answer) => verdictOn(answer, mine)));
  state.judging -= 1;
  if (mine !== fold) return;
  const wrong = verdicts.flatMap((verdict) => (verdict === 'right' ? [] : verdict));
  const right = verdicts.filter((verdict) => verdict === 'right').length;
  process.send!({ kind: 'round', round: { at, right, wrong: wrong.slice(0, 5), ok } } satisfies FromOracle);
}

/** Lines where it is wrong; none where nobody can tell, since the topic was set back meanwhile. */
async function verdictOn(answer: Asked, mine: number): Promise<'right' | readonly string[]> {
  const until = Date.now() + FOLDED_WITHIN_MS;
  while (!history.hasRead(answer.position)) {
    if (mine !== fold || isBlind || state.isOver) return [];
    if (Date.now() > until) {
      // A topic's last records can be markers that no consumer is told of, and a broker may be away.
      const ends = await following?.ends();
      if (ends === undefined) return [];
      if (history.hasRead(answer.position, ends)) break;
      return [`${answer.id ?? 'list'}: the position ${[...answer.position].join(' ')} is beyond the topic's end`];
    }
    await sleep(50);
  }
  const lines = answer.id === undefined ? listDifferences(answer) : [entityDifference(answer)];
  const told = lines.filter((line) => line !== undefined);
  return told.length === 0 ? 'right' : told;
}

function entityDifference({ id, status, position, body }: Asked): string | undefined {
  return difference(id!, status === 200 ? (body as Shown) : undefined, history.get(id!, position));
}

/** A page holds 1,000 entities: more than that the topic may have, and then the first ones count. */
function listDifferences({ status, position, body }: Asked): readonly (string | undefined)[] {
  if (status !== 200) return [`the list was answered ${status}`];
  const { items } = body as { readonly items: readonly Shown[] };
  const wanted = history.list(position).slice(0, 1000);
  if (items.length !== wanted.length) return [`the list has ${items.length} entities, the topic ${wanted.length}`];
  return items.map((item, place) => difference(item.id, item, wanted[place]));
}

process.on('message', (message: ToOracle) => {
  if (message.kind === 'clients') urls = message.urls;
  if (message.kind === 'blind') {
    isBlind = true;
    fold += 1;
    following?.stop();
  }
  if (message.kind === 'sees' && isBlind) {
    look();
    isBlind = false;
  }
  if (message.kind === 'end') state.isOver = true;
});
// Where the test is gone there is nothing left to judge.
process.on('disconnect', () => {
  following?.stop();
  process.exit(0);
});

look();
while (!state.isOver) {
  const began = Date.now();
  void round();
  await sleep(Math.max(0, ROUND_MS - (Date.now() - began)));
}
while (state.judging > 0) await sleep(50);
following?.stop();
process.send!({ kind: 'ended' } satisfies FromOracle, () => process.exit(0));
