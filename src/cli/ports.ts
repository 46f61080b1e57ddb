/** How the commands that look at log and view reach them; tests give their own. */
import type { Config } from '../config/load.ts';
import type { Log } from '../log/log.ts';
import type { Model } from '../model/model.ts';
import type { View } from '../view/view.ts';
import type { InspectedLog, InspectedView } from '../status/inspect.ts';

interface Closable {
  close(): Promise<void>;
}

export interface Ports {
  /**
   * Begins to open the log and the view of each model, apart: one that can't be reached says nothing of the other. Nothing
   * is created. The promises reject with a KmodelError; whoever opened closes.
   */
  openEach(models: readonly Model[], config: Config): Promise<readonly OpenedModel[]>;
  /** Opens the model's topic; creates it where it is absent. Rejects with a KmodelError (TOPIC_UNFIT, KAFKA_UNREACHABLE). */
  createTopic(model: Model, config: Config): Promise<Pick<Log, 'describe'> & Closable>;
  /** Opens the model's topic and view, for an operator's command. Rejects with a KmodelError. */
  openBoth(model: Model, config: Config): Promise<{ readonly log: Log; readonly view: View } & Closable>;
}

export interface OpenedModel {
  readonly model: Model;
  readonly log: Promise<InspectedLog & Closable>;
  readonly view: Promise<InspectedView & Closable>;
}
