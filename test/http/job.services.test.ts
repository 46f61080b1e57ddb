import { onKafkaAndRedis, renamed } from './distributed-server.ts';
import { jobSuite } from './job-model.ts';
import { describeHttpSuite } from './suite.ts';

const model = renamed(jobSuite.model);

describeHttpSuite('the job model on Kafka and Redis', {
  ...jobSuite,
  model,
  makeServer: () => onKafkaAndRedis(model),
});
