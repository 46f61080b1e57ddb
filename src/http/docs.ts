/** GET /openapi.json and the pages under /docs, both of one document. */
import fastifySwagger from '@fastify/swagger';
import fastifySwaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import type { OpenApiDocument } from './openapi.ts';
import { JSON_TYPE } from './reads.ts';

/** Adds the document and its pages. */
export async function addDocs(app: FastifyInstance, document: OpenApiDocument): Promise<void> {
  const text = JSON.stringify(document);
  app.get('/openapi.json', (_request, reply) => {
    reply.header('cache-control', 'no-cache').type(JSON_TYPE).send(text);
  });
  await app.register(fastifySwagger, {
    mode: 'static',
    // The plugin's type knows OpenAPI 3.0 only; it hands the document through.
    specification: { document: document as never },
  });
  // No inline script: its pages work under the same policy as everything else.
  await app.register(fastifySwaggerUi, {
    routePrefix: '/docs',
    staticCSP: false,
    uiConfig: { deepLinking: true, tryItOutEnabled: true, layout: 'BaseLayout' },
    theme: { title: 'kmodel: the HTTP API' },
  });
}
