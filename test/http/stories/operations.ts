import { describe, expect, test } from 'vitest';
import type { OpenApiDocument } from '../../../src/http/openapi.ts';
import type { WireReadiness, WireStatus } from '../../../src/http/wire.ts';
import type { Stage } from '../suite.ts';

/** Health, status, metrics, the document, its pages, and the headers that protect browsers. */
export function operationStories({ client, path, model, sample, mark }: Stage): void {
  test('the process is live and its view ready, partition by partition', async () => {
    const live = await client().send('/health/live');
    expect([live.status, live.text]).toEqual([200, '{"status":"live"}']);
    const ready = await client().send('/health/ready');
    expect(ready.status).toBe(200);
    expect(ready.headers.get('cache-control')).toBe('no-store');
    const { status, models } = JSON.parse(ready.text) as WireReadiness;
    expect(status).toBe('ready');
    expect(models[model.name]).toMatchObject({ ready: true, quarantined: 0 });
    expect(models[model.name]?.partitions.map(({ partition }) => partition)).toEqual([
      ...Array(model.partitions).keys(),
    ]);
  });

  test('the status shows every partition, kept by somebody and live, and nothing that needs a person', async () => {
    const asked = async (): Promise<WireStatus> => JSON.parse((await client().send('/status')).text) as WireStatus;
    // A worker that has just joined is still claiming.
    await expect
      .poll(async () => (await asked()).models.map(({ problems }) => problems), { timeout: 15_000 })
      .toEqual([[]]);
    const [report] = (await asked()).models;
    expect(report).toMatchObject({ model: model.name, ok: true, quarantined: 0 });
    expect(report?.log).toHaveProperty('id');
    expect(report?.view).toMatchObject({ ofThisLog: true, ofThisModel: true });
    expect(report?.partitions.map(({ partition }) => partition)).toEqual([...Array(model.partitions).keys()]);
    for (const { owner, state } of report?.partitions ?? []) expect([typeof owner, state]).toEqual(['string', 'live']);
  });

  test('nothing is in quarantine', async () => {
    const answer = await client().send(`/status/${model.name}/quarantine?limit=1`);
    expect([answer.status, JSON.parse(answer.text)]).toEqual([200, { items: [], next: null }]);
  });

  test('the metrics count what is written and seen', async () => {
    const valueOf = async (series: string): Promise<number> => {
      const line = (await client().send('/metrics')).text.split('\n').find((one) => one.startsWith(`${series} `));
      return line === undefined ? Number.NaN : Number(line.slice(series.length + 1));
    };
    const labels = `{model="${model.name}"}`;
    const written = (): Promise<number> => valueOf(`kmodel_writes_total{model="${model.name}",outcome="appended"}`);
    const seen = (): Promise<number> => valueOf(`kmodel_visible_seconds_count${labels}`);
    const before = await written();
    // The stories before wrote too, and did not all wait until the view had it.
    await expect.poll(seen, { timeout: 15_000 }).toBe(before);
    await client().send(path, { method: 'POST', body: sample(1, mark()) });
    expect(await written()).toBe(before + 1);
    await expect.poll(seen).toBe(before + 1);
    expect(await valueOf(`kmodel_problems${labels}`)).toBe(0);
  });

  test('the document names every route of the model', async () => {
    const document = JSON.parse((await client().send('/openapi.json')).text) as OpenApiDocument;
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths)).toContain(path);
    expect(Object.keys(document.paths[`${path}/{id}`] ?? {}).sort()).toEqual(['delete', 'get', 'put']);
  });

  describe('the pages under /docs', () => {
    test.each(['/docs', '/docs/'])('%s loads its parts from this server, without inline script', async (address) => {
      const page = await client().send(address);
      expect(page.status).toBe(200);
      expect(page.headers.get('content-type')).toContain('text/html');
      expect(page.text).not.toMatch(/<script(?![^>]*\ssrc=)[^>]*>/);
      expect(page.text).not.toMatch(/<style|\son[a-z]+=|style=/);
      const parts = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(
        ([, part]) => new URL(part ?? '', `${client().url}${address}`),
      );
      expect(parts.length).toBeGreaterThan(4);
      for (const { pathname } of parts)
        expect([pathname, (await client().send(pathname)).status]).toEqual([pathname, 200]);
    });

    test('they show the same document', async () => {
      expect(JSON.parse((await client().send('/docs/json')).text)).toEqual(
        JSON.parse((await client().send('/openapi.json')).text),
      );
    });
  });

  test('every answer forbids foreign script, frames and sniffing, and allows no other site', async () => {
    for (const address of [
      path,
      `${path}/no-such`,
      `${path}/%ff`,
      '/nothing',
      '/docs',
      '/health/live',
      '/status',
      '/metrics',
      '/openapi.json',
    ]) {
      const { headers } = await client().send(address, { headers: { origin: 'http://elsewhere.example' } });
      expect(headers.get('content-security-policy')).toContain("script-src 'self';");
      expect(headers.get('content-security-policy')).not.toContain('unsafe-inline');
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('access-control-allow-origin')).toBeNull();
      expect(headers.get('strict-transport-security')).toBeNull();
    }
  });
}
