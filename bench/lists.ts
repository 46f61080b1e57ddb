/** Pages of 50 over the large board: newest, searches, filters, and what follows them by cursor. */
import type { Run } from './bench.ts';
import { type Connection, load, requestBytes, withConnections } from './http-client.ts';
import { commonestPrefix, commonestTag, companyFrom, PLANTED, randomFrom, type Size } from './jobs.ts';
import { latencies } from './measure.ts';

const TOGETHER = 8;
/** The longest that one kind of page is measured, alone and then together. Seconds. */
const MOST_SECONDS_EACH = 10;
/** Asked first and not counted: statements are prepared, pages of the file read. */
const WARM_UP = 5;

type Parameters = Readonly<Record<string, string>>;

interface Kind {
  readonly name: string;
  /** The list's parameters in request `number`. */
  readonly parameters: (number: number) => Parameters;
  /** Ask for the second page. */
  readonly second?: boolean;
  /** What share of all jobs the search or filter finds, by construction. */
  readonly share?: number;
}

function kinds(size: Size): Kind[] {
  const random = randomFrom(2);
  const companies = Array.from({ length: 100 }, () => companyFrom(random));
  const tag = commonestTag();
  const { tenth, otherTenth, seventh, rare } = PLANTED;
  const [two, four] = [commonestPrefix(2, size), commonestPrefix(4, size)];
  const search =
    (q: string): (() => Parameters) =>
    () => ({ q });
  return [
    { name: 'newest', parameters: () => ({}) },
    { name: 'newest-second', parameters: () => ({}), second: true },
    { name: 'rare', parameters: search(rare.word), share: 1 / rare.every },
    { name: 'tenth', parameters: search(tenth.word), share: 1 / tenth.every },
    { name: 'tenth-second', parameters: search(tenth.word), share: 1 / tenth.every, second: true },
    {
      name: 'two-terms',
      parameters: search(`${tenth.word} ${seventh.word}`),
      share: 1 / (tenth.every * seventh.every),
    },
    { name: 'two-terms-none-with-both', parameters: search(`${tenth.word} ${otherTenth.word}`), share: 0 },
    { name: `prefix-2 (${two.text})`, parameters: search(two.text), share: two.share },
    { name: `prefix-4 (${four.text})`, parameters: search(four.text), share: four.share },
    { name: 'company', parameters: (number) => ({ company: companies[number % companies.length]! }) },
    { name: 'tag-and-tenth', parameters: () => ({ tag, q: tenth.word }) },
    { name: 'tag-and-tenth-second', parameters: () => ({ tag, q: tenth.word }), second: true },
  ];
}

/** Measures each kind of page on the board at `url`, whose entities are at `path`: one request after the other, then at 8 connections. */
export async function benchLists(run: Run, url: string, path = '/api/job', size: Size = 'job'): Promise<void> {
  for (const kind of kinds(size)) {
    run.say(`lists/${kind.name}: ${run.asked} requests`);
    const { requests, found } = await withConnections(url, 1, ([connection]) => prepare(connection!, path, kind));
    const request = (number: number): Buffer => requests[number % requests.length]!;
    const common = { url, seconds: MOST_SECONDS_EACH, status: 200, request };
    await load({ ...common, connections: 1, requests: WARM_UP });
    const alone = await load({ ...common, connections: 1, requests: run.asked });
    const together = latencies((await load({ ...common, connections: TOGETHER, requests: run.asked })).latenciesMs);
    const figures = {
      ...latencies(alone.latenciesMs),
      together: TOGETHER,
      togetherP50Ms: together.p50Ms,
      togetherP99Ms: together.p99Ms,
      jobs: run.jobs,
      share: kind.share,
      itemsOnPage: found,
    };
    run.report({ bench: `lists/${kind.name}`, figures, aim: { p99Ms: { atMost: 20 } } });
  }
}

/** The requests of a kind, and how many items the first one's page has. */
async function prepare(
  connection: Connection,
  path: string,
  kind: Kind,
): Promise<{ requests: Buffer[]; found: number }> {
  const page = async (parameters: Parameters): Promise<{ items: unknown[]; next: string | null }> => {
    const { status, body } = await connection.get(addressOf(path, parameters));
    if (status !== 200)
      throw new Error(`${addressOf(path, parameters)} answered ${status}: ${body.toString().slice(0, 300)}`);
    return JSON.parse(body.toString()) as { items: unknown[]; next: string | null };
  };
  const asked = Array.from({ length: 100 }, (_, number) => kind.parameters(number));
  if (kind.second !== true) {
    const requests = asked.map((parameters) => requestBytes('GET', addressOf(path, parameters)));
    return { requests, found: (await page(asked[0]!)).items.length };
  }
  // Second pages are of one list: the parameters don't vary in the kinds that ask for them.
  const { next } = await page(asked[0]!);
  const second = { ...asked[0]!, ...(next === null ? {} : { after: next }) };
  return { requests: [requestBytes('GET', addressOf(path, second))], found: (await page(second)).items.length };
}

function addressOf(path: string, parameters: Parameters): string {
  return `${path}?${new URLSearchParams(parameters).toString()}`;
}
