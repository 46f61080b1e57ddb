import { onKafkaAndRedis, renamed } from './distributed-server.ts';
import { readingModel, readingSuite } from './reading-model.ts';
import { describeHttpSuite } from './suite.ts';

const model = renamed(readingModel);

describeHttpSuite('the reading model on Kafka and Redis', {
  ...readingSuite,
  model,
  makeServer: () => onKafkaAndRedis(model),
});
