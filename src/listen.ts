/** Makes a server listen, and ends it within a limit. */
import type { FastifyInstance } from 'fastify';
import type { Closer } from './closers.ts';
import { KmodelError } from './errors.ts';

/** How long requests under way may take to end after `close`. Milliseconds. */
const CLOSE_WITHIN_MS = 5_000;

/** Where a server listens; port 0 takes a free one. `setting` names the keys that set it, for the error's message. */
export interface Address {
  readonly host: string;
  readonly port: number;
  readonly setting: string;
}

/** Listens; answers the URL, and adds the server to what must be closed. Throws KmodelError ADDRESS_IN_USE. */
export async function listen(server: FastifyInstance, address: Address, closers: Closer[]): Promise<string> {
  const { host, port } = address;
  const close = async (): Promise<void> => {
    const cut = setTimeout(() => server.server.closeAllConnections(), CLOSE_WITHIN_MS);
    await server.close().finally(() => clearTimeout(cut));
  };
  closers.push({ what: 'the HTTP server', close });
  try {
    return await server.listen({ host, port });
  } catch (error) {
    throw listenError(error, address);
  }
}

function listenError(error: unknown, { host, port, setting }: Address): unknown {
  const { code } = error as NodeJS.ErrnoException;
  const reasons: Partial<Record<string, string>> = {
    EADDRINUSE: 'another program uses it',
    EACCES: 'this user may not listen there',
    EADDRNOTAVAIL: 'this machine has no such address',
    ENOTFOUND: 'there is no such host',
  };
  const reason = code === undefined ? undefined : reasons[code];
  if (reason === undefined) return error;
  const message = `can't listen on ${host}, port ${port}: ${reason}; set another ${setting}`;
  return new KmodelError('ADDRESS_IN_USE', message, { cause: error });
}
