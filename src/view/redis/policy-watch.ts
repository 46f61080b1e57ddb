/** Looks from time to time whether the server still keeps all keys: a setting that anybody can change while it runs. */
import { KmodelError } from '../../errors.ts';
import type { Commands } from './dropping.ts';
import { askPolicy, evictionProblem } from './server-check.ts';

/** How long an answer counts. Milliseconds. */
const COUNTS_MS = 10_000;

export interface PolicyWatch {
  /** Throws KmodelError VIEW_UNAVAILABLE where the server would evict keys. Whether it did is counted (server-watch.ts). */
  check(commands: Commands): Promise<void>;
  /** It may be another server now. */
  forget(): void;
}

export function makePolicyWatch(now: () => number = () => performance.now()): PolicyWatch {
  let asked: { readonly at: number; readonly problem: string | undefined } | undefined;
  return {
    async check(commands) {
      if (asked === undefined || asked.problem !== undefined || now() - asked.at > COUNTS_MS) {
        const at = now();
        asked = { at, problem: evictionProblem(await askPolicy((command) => commands.send(command))) };
      }
      if (asked.problem === undefined) return;
      throw new KmodelError('VIEW_UNAVAILABLE', `Redis is not to be trusted with a view: ${asked.problem}`);
    },
    forget() {
      asked = undefined;
    },
  };
}
