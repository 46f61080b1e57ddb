/** The web app's built files, and what `/` says where there are none. */
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { JSON_TYPE } from './reads.ts';
import type { ServedModel } from './served.ts';

/** Serves the files of the folder; answers the function that sends the app's page. Files under assets/ never change. */
export async function addWeb(app: FastifyInstance, folder: URL): Promise<(reply: FastifyReply) => FastifyReply> {
  await app.register(fastifyStatic, {
    root: fileURLToPath(folder),
    wildcard: false,
    cacheControl: false,
    dotfiles: 'ignore',
    setHeaders: (reply, path) => {
      const lasting = /[\\/]assets[\\/][^\\/]+$/.test(path);
      reply.header('cache-control', lasting ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
  return (reply) => reply.sendFile('index.html');
}

/** Answers `/` with where to go. */
export function addDirectory(app: FastifyInstance, models: readonly ServedModel[], version: string): void {
  const directory = JSON.stringify({
    name: 'kmodel',
    version,
    docs: '/docs',
    openapi: '/openapi.json',
    models: Object.fromEntries(models.map(({ model }) => [model.name, `/api/${model.name}`])),
  });
  app.get('/', (_request, reply) => {
    reply.header('cache-control', 'no-cache').type(JSON_TYPE).send(directory);
  });
}
