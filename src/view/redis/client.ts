/** One connection to Redis by the client library: connected once, and never again by itself (link.ts does that). */
import { createClient } from '@redis/client';
import { KEEP_ALIVE_MS, type Limits } from './limits.ts';

export type Client = ReturnType<typeof newClient>;

function newClient(url: string, { connectMs, silenceMs, pingMs }: Limits) {
  return createClient({
    url,
    RESP: 2,
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: 'disabled',
    pingInterval: pingMs,
    commandOptions: { timeout: 0 },
    socket: {
      connectTimeout: connectMs,
      socketTimeout: silenceMs,
      keepAliveInitialDelay: KEEP_ALIVE_MS,
      reconnectStrategy: () => false,
    },
  });
}

/**
 * Connects and signs in; `lost` is told once where the connection breaks later. Rejects with one line, also where `signal`
 * aborts first.
 */
export async function connectOnce(
  uri: string,
  limits: Limits,
  signal: AbortSignal,
  lost: (client: Client, cause: Error) => void,
): Promise<Client> {
  const client = newClient(uri, limits);
  // What ends the connection is told by `terminated`; a PING that is refused isn't the end.
  client.on('error', () => undefined);
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(new Error('the view is closed'));
  signal.addEventListener('abort', abort, { once: true });
  const connecting = client.connect();
  try {
    if (signal.aborted) abort();
    await Promise.race([connecting, aborted.promise]);
    client.once('terminated', (cause: Error) => lost(client, cause));
    return client;
  } catch (error) {
    client.destroy();
    // Destroyed while it connects, it would be connected all the same in the end.
    void connecting.then(
      () => client.destroy(),
      () => undefined,
    );
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** Host and port, never the password. */
export function addressOf(uri: string): string {
  try {
    return new URL(uri).host;
  } catch {
    return 'the configured address';
  }
}

/** The number of the database that an address names; 0 where it names none. */
export function databaseOf(uri: string): number {
  return Number(new URL(uri).pathname.slice(1));
}

/** One line for people. */
export function reasonOf(error: unknown): string {
  const parts = error instanceof AggregateError ? error.errors : [error];
  const text = parts.map((part) => (part instanceof Error ? part.message || part.name : String(part))).join(', ');
  return text.split('\n', 1)[0] ?? '';
}
