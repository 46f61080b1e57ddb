/** Where a story's own broker keeps its log. */
import { Admin, ConfigResourceTypes } from '@platformatic/kafka';
import type { Stage } from '../system/distributed/stage.ts';

export async function folderOf({ brokers }: Stage): Promise<string> {
  const admin = new Admin({ clientId: 'chaos', bootstrapBrokers: brokers.split(',') });
  try {
    const [found] = await admin.describeConfigs({
      resources: [{ resourceType: ConfigResourceTypes.BROKER, resourceName: '1' }],
    });
    const folder = found?.configs.find(({ name }) => name === 'log.dirs')?.value;
    if (folder === undefined || folder === null) throw new Error('the broker does not tell where its log lies');
    return folder;
  } finally {
    await admin.close();
  }
}
