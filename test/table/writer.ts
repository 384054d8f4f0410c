/**
 * A process that appends to two logs on the embedded table in a folder until it is killed. It prints a line per
 * acknowledged record, `<partition> <seq>`, and `refused <pid>` when the folder is in use.
 */
import { dynamoLog } from '../../src/log/dynamodb.ts';
import { openEmbeddedTable } from '../../src/table/embedded.ts';
import { FolderInUseError } from '../../src/table/errors.ts';
import { plainRecord } from '../contracts/records.ts';

const folder = process.argv[2] ?? '';
try {
  const table = await openEmbeddedTable({ folder });
  const log = dynamoLog(table);
  await Promise.all(['a', 'b'].map((partition) => appendForEver(partition)));

  async function appendForEver(partition: string): Promise<void> {
    const key = { route: 'kill', partition };
    for (let seq = ((await log.tail(key))?.seq ?? 0) + 1; ; seq += 1) {
      const { committed } = await log.append(key, plainRecord(seq, seq * 7));
      if (!committed) throw new Error(`somebody else wrote record ${seq}`);
      process.stdout.write(`${partition} ${seq}\n`);
    }
  }
} catch (error) {
  if (!(error instanceof FolderInUseError)) throw error;
  process.stdout.write(`refused ${error.pid}\n`);
}
