/** A model as the HTTP server is given it: what it reads from, writes to and asks for its state. */
import type { Model } from '../model/model.ts';
import type { Reader } from '../reader/reader.ts';
import type { AskStatus } from '../status/status.ts';
import type { Writer } from '../writer/writer.ts';

export interface ServedModel {
  readonly model: Model;
  readonly writer: Writer;
  readonly reader: Reader;
  readonly status: AskStatus;
}
