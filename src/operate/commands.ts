/** What an operator can ask of a model, wherever it is asked: on the command line, or of a running embedded process. */
import type { Log } from '../log/log.ts';
import type { Model } from '../model/model.ts';
import type { View } from '../view/view.ts';
import { rebuild, Refused } from './rebuild.ts';
import { recover } from './recover.ts';

/** A command and its options. */
export type Command =
  | { readonly kind: 'rebuild'; readonly acceptLoss: boolean }
  | { readonly kind: 'recover'; readonly dryRun: boolean };

/** One model's parts. */
export interface Operated {
  readonly model: Model;
  readonly log: Log;
  readonly view: View;
}

/** Does it; answers lines for people. Throws Refused with what to do instead; other errors are those of log and view. */
export async function operate({ model, log, view }: Operated, command: Command): Promise<readonly string[]> {
  if (command.kind === 'recover') return await recoverText(model, log, view, command.dryRun);
  const { generation, dropped } = await rebuild(model, log, view, command);
  const before = dropped === undefined ? '' : `; the one before had ${dropped} entities`;
  return [`${model.name}: generation ${generation} is begun${before}; workers build it from the start of the log`];
}

async function recoverText(model: Model, log: Log, view: View, dryRun: boolean): Promise<readonly string[]> {
  const { inLog, inView, lost, deleted, unsure, generation } = await recover(model, log, view, dryRun);
  const unsureText =
    unsure === 0
      ? []
      : [
          `${model.name}: ${unsure} entities that only the log has may be older than the loss: they stay as the log has them`,
        ];
  return [
    `${model.name}: the log has ${inLog} entities, the view ${inView}`,
    `${model.name}: ${lost} that only the view had ${dryRun ? 'would be' : 'are'} appended, and ${deleted} deletes that only it had seen`,
    ...unsureText,
    generation === undefined
      ? `${model.name}: nothing was changed (--dry-run)`
      : `${model.name}: generation ${generation} is begun; workers build it from the start of the log`,
  ];
}

/** The models that a command is for. Throws Refused where none has the name. */
export function named<T extends { readonly model: { readonly name: string } }>(
  all: readonly T[],
  name: string | undefined,
): readonly T[] {
  if (name === undefined) return all;
  const found = all.filter(({ model }) => model.name === name);
  if (found.length > 0) return found;
  throw new Refused(`expected one of the models ${all.map(({ model }) => model.name).join(', ')}, found ${name}`);
}
