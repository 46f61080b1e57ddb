/** POST /operate: an operator's command to a running embedded process. Only who can read the data directory knows the token. */
import type { FastifyInstance } from 'fastify';
import { KmodelError } from '../errors.ts';
import { noSuchRoute } from './not-found.ts';
import { JSON_TYPE } from './reads.ts';

/** What the server is given. */
export interface ServedOperations {
  /** Whether a request with this Authorization header may command. */
  readonly isOperator: (authorization: string | undefined) => boolean;
  /** Does it; answers lines for people. `refused`: it can't be done, and why. */
  readonly operate: (
    command: unknown,
  ) => Promise<
    { readonly kind: 'done'; readonly lines: readonly string[] } | { readonly kind: 'refused'; readonly why: string }
  >;
}

export const OPERATE_PATH = '/operate';
const MAX_COMMAND_BYTES = 4096;

/** Adds the route. To everybody else there is none. */
export function addOperate(app: FastifyInstance, { isOperator, operate }: ServedOperations): void {
  void app.register(async (scope) => {
    scope.addContentTypeParser('*', { parseAs: 'string', bodyLimit: MAX_COMMAND_BYTES }, (_request, text, done) =>
      done(null, text),
    );
    scope.post(OPERATE_PATH, async (request, reply) => {
      if (!isOperator(request.headers.authorization)) throw noSuchRoute();
      const outcome = await operate(commandIn(String(request.body)));
      const status = outcome.kind === 'done' ? 200 : 409;
      return reply.code(status).header('cache-control', 'no-store').type(JSON_TYPE).send(JSON.stringify(outcome));
    });
  });
}

function commandIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new KmodelError('BODY_MALFORMED', 'expected one command as JSON');
  }
}
