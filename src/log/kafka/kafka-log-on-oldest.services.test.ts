/** Beside kafka-log.services.test.ts and not in it: each waits half a minute for compaction. */
import { describeLogConformance } from '../log.conformance.ts';
import { describeOnOldest } from './both-versions.conformance.ts';
import { makeKafkaLog } from './topic-under-test.conformance.ts';

describeOnOldest((name, address) => {
  describeLogConformance(`The Kafka log on ${name}`, (options) => makeKafkaLog(address(), options));
});
