/** `kmodel topic`: creates the models' topics where they are absent, verifies them, and tells what it found. */
import type { Config } from '../config/load.ts';
import { KmodelError } from '../errors.ts';
import type { LogDescription } from '../log/log.ts';
import type { Model } from '../model/model.ts';
import type { Ports } from './ports.ts';
import { counted, logLines } from './status-text.ts';

/**
 * Prints what was found of each topic, and reports each that is unfit or can't be reached: its line names the command that
 * mends it. Answers whether all fit. One that fails does not keep the others from being looked at.
 */
export async function checkTopics(
  models: readonly Model[],
  config: Config,
  ports: Pick<Ports, 'createTopic'>,
  print: (text: string) => void,
  report: (line: string) => void,
): Promise<boolean> {
  let fit = true;
  for (const model of models) {
    try {
      const description = await describeTopic(model, config, ports);
      if (description.unfit !== undefined) throw new KmodelError('TOPIC_UNFIT', description.unfit);
      print(topicText(model.topic, description));
    } catch (error) {
      if (!(error instanceof KmodelError)) throw error;
      fit = false;
      report(`${model.name}: ${error.message}`);
    }
  }
  return fit;
}

async function describeTopic(model: Model, config: Config, ports: Pick<Ports, 'createTopic'>): Promise<LogDescription> {
  const log = await ports.createTopic(model, config);
  try {
    return await log.describe();
  } finally {
    await log.close();
  }
}

function topicText(name: string, description: LogDescription): string {
  const heading = `topic ${name}: fits (${counted(description.partitions, 'partition')})`;
  return [heading, ...logLines(description), ''].join('\n');
}
