/** A model as the HTTP server is given it: what it reads from, writes to and asks for its state. */
import type { Doubt } from '../doubts.ts';
import type { Model } from '../model/model.ts';
import type { Reader } from '../reader/reader.ts';
import type { AskStatus } from '../status/status.ts';
import type { Writer } from '../writer/writer.ts';

/** Which log writes land in, and whether they may. */
export interface ServedLog {
  /** The log's incarnation as it was last seen: the writer knows the log's id, and the view how often it had lost records. */
  readonly incarnation: string;
  /** Asks both. Rejects where the log doesn't answer; where the view doesn't, what it last said will do. */
  refresh(): Promise<void>;
  /** What the view is held for, as the last look at it has shown, a second ago or so: nothing is written meanwhile. */
  readonly held: Doubt | undefined;
}

export interface ServedModel {
  readonly model: Model;
  readonly writer: Writer;
  readonly reader: Reader;
  readonly log: ServedLog;
  readonly status: AskStatus;
}
