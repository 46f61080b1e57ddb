/**
 * `kmodel rebuild` and `kmodel recover`: of the running embedded process whose data directory can be read, else of Kafka and Redis.
 */
import { existsSync } from 'node:fs';
import type { Config } from '../config/load.ts';
import type { Model } from '../model/model.ts';
import { type Command, named, operate } from '../operate/commands.ts';
import { Refused } from '../operate/rebuild.ts';
import { readAccess } from '../operate/token-file.ts';
import { describeReply, fieldsOf, openApi, send } from './api.ts';
import { CommandFailure } from './failure.ts';
import type { Ports } from './ports.ts';

/** `[model] [config]`: one argument alone is a configuration where it is a file, or is named like one. */
export function operateArguments(
  first: string | undefined,
  second: string | undefined,
): { readonly model: string | undefined; readonly config: string | undefined } {
  if (second !== undefined || first === undefined) return { model: first, config: second };
  const isFile = /\.(edn|json)$/.test(first) || existsSync(first);
  return isFile ? { model: undefined, config: first } : { model: first, config: undefined };
}

/**
 * Does it and prints what was done.
 * @throws CommandFailure where it is refused, with what to do instead
 */
export async function runCommand(
  models: readonly Model[],
  config: Config,
  request: { readonly model: string | undefined; readonly command: Command },
  ports: Pick<Ports, 'openBoth'>,
  print: (line: string) => void,
): Promise<void> {
  const access = readAccess(config.dataDir);
  try {
    if (access !== undefined) return await askRunning(access, request, print);
    for (const { model } of named(
      models.map((model) => ({ model })),
      request.model,
    )) {
      const opened = await ports.openBoth(model, config);
      try {
        for (const line of await operate({ model, ...opened }, request.command)) print(line);
      } finally {
        await opened.close();
      }
    }
  } catch (error) {
    throw error instanceof Refused ? new CommandFailure(error.message) : error;
  }
}

async function askRunning(
  { url, token }: { readonly url: string; readonly token: string },
  request: object,
  print: (line: string) => void,
): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const body = JSON.stringify(request);
  const reply = await send(openApi(url), { method: 'POST', path: '/operate', headers, body });
  if (reply.kind === 'unreachable')
    throw new CommandFailure(
      `kmodel of this data directory does not answer at ${url} (${reply.reason}): start it, then run this again`,
    );
  const { kind, lines, why } = fieldsOf(reply.json);
  if (kind === 'refused') throw new CommandFailure(String(why));
  if (kind !== 'done' || !Array.isArray(lines))
    throw new CommandFailure(`${url}/operate answered ${describeReply(reply)}`);
  for (const line of lines) print(String(line));
}
