/** The operator's commands as an embedded process serves them. */
import { type Command, named, operate, type Operated } from './commands.ts';
import { Refused } from './rebuild.ts';

type Outcome =
  | { readonly kind: 'done'; readonly lines: readonly string[] }
  | { readonly kind: 'refused'; readonly why: string };

/** Takes what a request holds. Rejects only as log and view do. */
export function serveOperations(all: readonly Operated[]): (request: unknown) => Promise<Outcome> {
  return async (request) => {
    try {
      const { model, command } = readRequest(request);
      const lines: string[] = [];
      for (const operated of named(all, model)) lines.push(...(await operate(operated, command)));
      return { kind: 'done', lines };
    } catch (error) {
      if (error instanceof Refused) return { kind: 'refused', why: error.message };
      throw error;
    }
  };
}

function readRequest(request: unknown): { readonly model: string | undefined; readonly command: Command } {
  const { model, command } = (request ?? {}) as { model?: unknown; command?: Partial<Record<string, unknown>> };
  const name = typeof model === 'string' ? model : undefined;
  if (command?.['kind'] === 'rebuild')
    return { model: name, command: { kind: 'rebuild', acceptLoss: command['acceptLoss'] === true } };
  if (command?.['kind'] === 'recover')
    return { model: name, command: { kind: 'recover', dryRun: command['dryRun'] === true } };
  throw new Refused('expected the command rebuild or recover, found another one: use the kmodel of this version');
}
