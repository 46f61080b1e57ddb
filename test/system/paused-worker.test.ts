/**
 * I8: a read that carries a position is never answered from a view behind it. The worker is held back here, on real
 * adapters and a real server: reads wait, fail with a typed error, and go on once the worker does.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { job } from '../../app/job.ts';
import { makeGate, startHeld } from './held-view.ts';
import { ready, temporaryFolder } from './process.ts';

const gate = makeGate();
let url = '';
let close = async (): Promise<void> => {};

beforeAll(async () => {
  const board = await startHeld(job, join(temporaryFolder(), 'job'), gate);
  url = board.url;
  close = () => board.close();
  await ready(url);
});

beforeEach(() => gate.open());
afterAll(() => close());

const baker = { title: 'Baker', company: 'Mill', description: 'Bread at night' };

async function post(title: string): Promise<{ id: string; position: string }> {
  const answer = await fetch(`${url}/api/job`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...baker, title }),
  });
  expect(answer.status).toBe(201);
  const { id } = (await answer.json()) as { id: string };
  return { id, position: answer.headers.get('kmodel-position')! };
}

async function remove(id: string): Promise<string> {
  const answer = await fetch(`${url}/api/job/${id}`, { method: 'DELETE' });
  expect(answer.status).toBe(204);
  return answer.headers.get('kmodel-position')!;
}

async function read(path: string, position: string, waitSeconds: number) {
  const headers = { 'kmodel-position': position, prefer: `wait=${waitSeconds}` };
  const began = performance.now();
  const answer = await fetch(`${url}${path}`, { headers });
  const body = (await answer.json()) as { code?: string; id?: string; items?: { id: string }[] };
  return { status: answer.status, headers: answer.headers, body, tookMs: performance.now() - began };
}

describe('while the worker is held back', () => {
  test.each([
    ['one entity', (id: string) => `/api/job/${id}`],
    ['a list', () => '/api/job?q=bread&limit=1000'],
  ])('%s waits, then fails with VIEW_BEHIND; it is answered once the worker goes on', async (_, path) => {
    gate.shut();
    const { id, position } = await post('Baker');
    const behind = await read(path(id), position, 1);
    expect(behind).toMatchObject({ status: 503, body: { code: 'VIEW_BEHIND' } });
    expect(behind.tookMs).toBeGreaterThan(950);
    expect(behind.tookMs).toBeLessThan(10_000);
    expect(Number(behind.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(behind.headers.get('preference-applied')).toBe('wait=1');

    const waiting = read(path(id), position, 20);
    await new Promise((resolve) => setTimeout(resolve, 100));
    gate.open();
    const answer = await waiting;
    expect(answer.status).toBe(200);
    expect([answer.body.id, ...(answer.body.items ?? []).map((one) => one.id)]).toContain(id);
    expect(answer.tookMs).toBeLessThan(20_000);
  });

  test('a 404 waits too: absence is only true at the position', async () => {
    const { id, position } = await post('Gone soon');
    await read(`/api/job/${id}`, position, 20);
    const deletion = remove(id);
    const deleted = await deletion;
    gate.shut();
    const { id: unseen, position: created } = await post('Unseen');
    const behind = await read(`/api/job/${unseen}`, created, 1);
    expect(behind).toMatchObject({ status: 503, body: { code: 'VIEW_BEHIND' } });

    const absent = read(`/api/job/${id}`, deleted, 20);
    // The delete may have been applied before the gate was shut: then the answer is there sooner, and the gate still shut.
    await new Promise((resolve) => setTimeout(resolve, 100));
    gate.open();
    expect(await absent).toMatchObject({ status: 404, body: { code: 'ENTITY_NOT_FOUND' } });
  });

  test('an entity whose delete is not applied yet is no 404 before it is, and never an entity at that position', async () => {
    const { id, position } = await post('Deleted while held');
    await read(`/api/job/${id}`, position, 20);
    gate.shut();
    const deleted = await remove(id);
    expect(await read(`/api/job/${id}`, position, 1)).toMatchObject({ status: 200 });
    expect(await read(`/api/job/${id}`, deleted, 1)).toMatchObject({ status: 503, body: { code: 'VIEW_BEHIND' } });
    const waiting = read(`/api/job/${id}`, deleted, 20);
    gate.open();
    expect(await waiting).toMatchObject({ status: 404 });
  });

  test('plain reads and plain POSTs go on', async () => {
    const { position } = await post('Before');
    await read('/api/job', position, 20);
    gate.shut();
    const answer = await fetch(`${url}/api/job`);
    expect(answer.status).toBe(200);
    await answer.arrayBuffer();
    await post('Meanwhile');
  });

  test('a PUT of what this process has just acknowledged waits for it, so that createdAt survives', async () => {
    gate.shut();
    const answer = await fetch(`${url}/api/job`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(baker),
    });
    const { id, createdAt } = (await answer.json()) as { id: string; createdAt: string };
    const putting = fetch(`${url}/api/job/${id}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(baker),
    });
    setTimeout(() => gate.open(), 100);
    const put = await putting;
    expect(put.status).toBe(200);
    expect(await put.json()).toMatchObject({ id, createdAt });
  });
});
