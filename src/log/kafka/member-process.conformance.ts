/** A process that is a member of a group until it is killed: arguments broker, topic, partitions, group; a line for each set. */
import { openBrokers } from './connection.ts';
import { Memberships } from './membership.ts';

const [address = '', topic = '', partitions = '', group = ''] = process.argv.slice(2);
const brokers = openBrokers([address], 'kmodel-test');
const memberships = new Memberships({
  brokers,
  topic,
  partitions: Number(partitions),
  keeping: { prefix: 'view', fingerprint: 'f' },
});
for await (const set of memberships.follow(group, new AbortController().signal)) {
  process.stdout.write(`${JSON.stringify([...set])}\n`);
}
