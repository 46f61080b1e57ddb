/**
 * Looks from time to time whether the server is still one to be trusted with a view: keeps all keys, and is a master. Both can change
 * while it runs.
 */
import { KmodelError } from '../../errors.ts';
import type { Commands } from './dropping.ts';
import { askPolicy, evictionProblem, replicaProblem } from './server-check.ts';

export interface PolicyWatchOptions {
  /** How long an answer counts. Milliseconds. */
  readonly lookMs: number;
  /** Told where the server is found to be a replica. */
  readonly demoted: (problem: Error) => void;
  readonly now?: () => number;
}

export interface PolicyWatch {
  /** Throws KmodelError VIEW_UNAVAILABLE where the server would evict keys, or is a replica. Whether it did evict is counted (server-watch.ts). */
  check(commands: Commands): Promise<void>;
  /** It may be another server now. */
  forget(): void;
}

export function makePolicyWatch(options: PolicyWatchOptions): PolicyWatch {
  const { lookMs, demoted, now = () => performance.now() } = options;
  let asked: { readonly at: number; readonly problem: string | undefined } | undefined;
  return {
    async check(commands) {
      if (asked === undefined || asked.problem !== undefined || now() - asked.at > lookMs) {
        const at = now();
        const send = async (command: readonly string[]): Promise<unknown> => commands.send(command);
        const [replication, policy] = await Promise.all([send(['INFO', 'replication']), askPolicy(send)]);
        const problem = replicaProblem(String(replication));
        if (problem !== undefined) {
          demoted(new Error(problem));
          throw new KmodelError('VIEW_UNAVAILABLE', `this Redis is not to be used: ${problem}`);
        }
        asked = { at, problem: evictionProblem(policy) };
      }
      if (asked.problem === undefined) return;
      throw new KmodelError('VIEW_UNAVAILABLE', `Redis is not to be trusted with a view: ${asked.problem}`);
    },
    forget() {
      asked = undefined;
    },
  };
}
