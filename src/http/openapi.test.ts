import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { readingModel } from '../../test/http/reading-model.ts';
import { defineModel } from '../model/define.ts';
import { openApi, type OpenApiOperation } from './openapi.ts';

const note = defineModel({
  name: 'note',
  schema: z.strictObject({ text: z.string(), colour: z.string() }),
  indexes: { filter: { filter: 'colour' } },
  search: ['text'],
});

const ALL = { status: true, metrics: true, quarantine: true };

const operations = Object.entries(openApi([note], '0.0.0', ALL).paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    route: `${method.toUpperCase()} ${path.replace('note', '<model>').replace('{id}', '<id>')}`,
    operation,
  })),
);

function codesOf(operation: OpenApiOperation): string[] {
  return Object.values(operation.responses).flatMap(({ content }) => {
    const parts = content?.['application/problem+json']?.schema['allOf'] as
      | { properties?: { code: { enum: string[] } } }[]
      | undefined;
    return parts?.[1]?.properties?.code.enum ?? [];
  });
}

describe('docs/reference/http.md', () => {
  const text = readFileSync(new URL('../../docs/reference/http.md', import.meta.url), 'utf8');
  const table = (title: string): string[][] => {
    const section = text.split(`\n## ${title}\n`)[1]?.split('\n## ')[0] ?? '';
    const lines = section.split('\n').filter((line) => line.startsWith('| `'));
    return lines.map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  };
  const quoted = (names: Iterable<string>): string =>
    [...names]
      .sort()
      .map((name) => `\`${name}\``)
      .join(', ');
  const common = codesOf(operations[0]!.operation).filter((code) =>
    operations.every(({ operation }) => codesOf(operation).includes(code)),
  );

  test('lists the routes with their statuses and codes', () => {
    const rows = operations.map(({ route, operation }) => {
      const success = Object.entries(operation.responses).filter(
        ([status, { content }]) => Number(status) < 400 || content?.['application/json'] !== undefined,
      );
      return [
        `\`${route}\``,
        success.map(([status]) => status).join(', '),
        quoted(codesOf(operation).filter((code) => !common.includes(code))),
      ];
    });
    expect(table('Routes').map(([route, , success, codes]) => [route, success, codes])).toEqual(rows);
    expect(text).toContain(`Every route can also answer ${quoted(common)}.`);
  });

  test('lists the parameters of a list', () => {
    const list = operations.find(({ route }) => route === 'GET /api/<model>');
    const names = list?.operation.parameters
      ?.filter((parameter) => parameter.in === 'query')
      .map(({ name }) => (name === 'filter' ? '<filter>' : name));
    expect(table('Lists').map(([name]) => name)).toEqual(names?.map((name) => `\`${name}\``));
  });

  test('lists the headers of requests, and where they count', () => {
    const labels: Readonly<Record<string, string>> = {
      'GET /api/<model>': 'GET list',
      'GET /api/<model>/<id>': 'GET one',
    };
    const users = new Map<string, string[]>();
    for (const { route, operation } of operations) {
      for (const { name } of operation.parameters?.filter((parameter) => parameter.in === 'header') ?? []) {
        users.set(name, [...(users.get(name) ?? []), labels[route] ?? route.split(' ')[0] ?? '']);
      }
    }
    const rows = [...users]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, routes]) => [`\`${name}\``, routes.join(', ')]);
    expect(table('Request headers').map(([name, on]) => [name, on])).toEqual(rows);
  });

  test('lists the headers of answers', () => {
    const names = operations.flatMap(({ operation }) =>
      Object.values(operation.responses).flatMap(({ headers }) => Object.keys(headers)),
    );
    expect(table('Answer headers').map(([name]) => name)).toEqual(
      [...new Set(names)].sort().map((name) => `\`${name}\``),
    );
  });
});

describe('the document', () => {
  test('has an id of its own for each operation, of several models too', () => {
    const document = openApi([note, readingModel], '0.0.0', ALL);
    const ids = Object.values(document.paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
    expect(Object.keys(document.paths)).toContain('/api/reading/{id}');
  });

  test('keeps references of a recursive schema whole', () => {
    const tree = z.strictObject({
      name: z.string(),
      get children() {
        return z.array(tree).optional();
      },
    });
    const model = defineModel({ name: 'tree', schema: z.strictObject({ root: tree }) });
    const document = openApi([model], '0.0.0', ALL);
    const ajv = new Ajv2020({ strict: false });
    ajv.addSchema({ $id: 'urn:kmodel:tree', ...document });
    const validate = ajv.compile({ $ref: 'urn:kmodel:tree#/components/schemas/tree.input' });
    expect(validate({ root: { name: 'a', children: [{ name: 'b', children: [{ name: 'c' }] }] } })).toBe(true);
    expect(validate({ root: { name: 'a', children: [{ name: 'b', children: [{ name: 7 }] }] } })).toBe(false);
  });
});
