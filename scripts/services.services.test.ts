/** `npm run services`: started, used and stopped as a person would. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { answersMetadata } from '../test/services/kafka.ts';
import { freePorts, isFree } from '../test/services/ports.ts';
import { answersPing } from '../test/services/redis.ts';
import { ownKafka, ownRedis } from '../test/services/shared.ts';

const SCRIPT = fileURLToPath(new URL('services.ts', import.meta.url));
const FOUND = ownKafka().length > 0 && ownRedis().length > 0;

test.skipIf(!FOUND)('it serves at the ports asked for until Ctrl-C', { timeout: 300_000 }, async () => {
  const [kafkaPort, redisPort] = (await freePorts(2)) as [number, number];
  const ports = ['--kafka-port', String(kafkaPort), '--redis-port', String(redisPort)];
  const child = spawn(process.execPath, [SCRIPT, ...ports], { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  const ready = new Promise<void>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`exited with ${code}: ${printed}`)));
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      printed += chunk;
      if (printed.includes('Ctrl-C stops both')) resolve();
    });
  });
  await ready;
  expect(printed).toContain(`Kafka 4.1.2  127.0.0.1:${kafkaPort}\n`);
  expect(await answersMetadata(`127.0.0.1:${kafkaPort}`)).toBe(true);
  expect(await answersPing(`redis://127.0.0.1:${redisPort}`)).toBe(true);
  child.kill('SIGINT');
  const [code] = (await once(child, 'exit')) as [number];
  expect(code).toBe(0);
  expect(await Promise.all([isFree(kafkaPort), isFree(redisPort)])).toEqual([true, true]);
});

test('a port that is taken is refused by its number', { timeout: 30_000 }, async () => {
  const [port] = (await freePorts(1)) as [number];
  const taken = createServer().listen(port, '127.0.0.1');
  const child = spawn(process.execPath, [SCRIPT, '--redis-port', String(port)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
  const [code] = (await once(child, 'close')) as [number];
  taken.close();
  expect(said).toBe(`port ${port} of 127.0.0.1 is taken\n`);
  expect(code).toBe(1);
});
