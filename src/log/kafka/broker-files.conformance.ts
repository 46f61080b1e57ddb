/** What a machine does to a broker that is down: its files lose their end, or are those of an older copy. */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigResourceTypes } from '@platformatic/kafka';
import { sizeOfBatch } from './record-batches.ts';
import { withAdmin } from './topic-under-test.conformance.ts';

/** Where the broker keeps everything; undefined: not on this machine's disk. Asked while it runs. */
export async function brokerFolder(address: string): Promise<string | undefined> {
  const found = await withAdmin(address, async (admin) => {
    const { brokers } = await admin.metadata({ topics: [] });
    const resourceName = String([...brokers.keys()][0]);
    return await admin.describeConfigs({
      resources: [{ resourceType: ConfigResourceTypes.BROKER, resourceName, configurationKeys: ['log.dirs'] }],
    });
  });
  const folder = found[0]?.configs[0]?.value ?? '';
  return existsSync(folder) ? folder : undefined;
}

/** A copy of the folder as it is now, and how to put it back; the copy is gone then. */
export function copyOfFolder(folder: string): { putBack(): void } {
  const copy = mkdtempSync(join(tmpdir(), 'kmodel-copy-'));
  cpSync(folder, copy, { recursive: true });
  return {
    putBack() {
      rmSync(folder, { recursive: true });
      cpSync(copy, folder, { recursive: true });
      rmSync(copy, { recursive: true });
    },
  };
}

/** Cuts so many batches off the end of the partition's newest file. */
export function cutBatches(partitionFolder: string, count: number): void {
  const newest = readdirSync(partitionFolder)
    .filter((name) => name.endsWith('.log'))
    .toSorted()
    .at(-1);
  const file = join(partitionFolder, newest ?? '');
  const bytes = readFileSync(file);
  const starts: number[] = [];
  for (let at = 0; at + 12 <= bytes.length && sizeOfBatch(bytes, at) > 12; at += sizeOfBatch(bytes, at))
    starts.push(at);
  const from = starts.at(-count);
  if (from === undefined) throw new Error(`${file} holds ${starts.length} batches, ${count} were to be cut off`);
  truncateSync(file, from);
}
