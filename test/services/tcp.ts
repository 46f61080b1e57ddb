/** What the system says of the TCP connections of this process. */
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

const TABLE = '/proc/net/tcp';
const ESTABLISHED = '01';
const KEEP_ALIVE_TIMER = '02';

/** Whether the system tells it. */
export const tellsTcp = existsSync(TABLE);

/** Of this process's open connections to that port: whether each has a keep-alive timer running. */
export function keptAlive(port: number): boolean[] {
  const own = ownSockets();
  const rows = readFileSync(TABLE, 'utf8').trim().split('\n').slice(1);
  return rows.flatMap((row) => {
    const [, , remote = '', state, , timer = '', , , , inode = ''] = row.trim().split(/\s+/);
    const isThere = Number.parseInt(remote.split(':')[1] ?? '', 16) === port;
    return isThere && state === ESTABLISHED && own.has(inode) ? [timer.startsWith(KEEP_ALIVE_TIMER)] : [];
  });
}

function ownSockets(): ReadonlySet<string> {
  const files = readdirSync('/proc/self/fd').flatMap((file) => {
    try {
      return [readlinkSync(`/proc/self/fd/${file}`)];
    } catch {
      // It was closed since it was listed.
      return [];
    }
  });
  return new Set(files.flatMap((path) => /^socket:\[(\d+)\]$/.exec(path)?.[1] ?? []));
}
