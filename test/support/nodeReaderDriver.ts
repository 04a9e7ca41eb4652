// Reads databases with this Node's own SQLite, and prints the results: node nodeReaderDriver <orders as JSON>
import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { nodeReader } from '../../core/verify/drill/nodeReader.js';
import type { ReadingRequest } from '../../core/verify/drill/drillOutcome.js';
import { findNodeSqlite } from '../../core/snapshot/nodeSqlite.js';
import { BackupError } from '../../core/system/errors.js';
import { realPorts } from '../../core/system/ports.js';

export interface NodeReading {
  readonly problems?: readonly string[];
  /** Base64. */
  readonly digests?: string;
  readonly error?: { readonly code: string; readonly path: string | undefined; readonly message: string };
  /** Whether the database is still open afterwards. */
  readonly isOpen: boolean;
}

const [, , argument = '[]'] = process.argv;
const sqlite = findNodeSqlite();
if (sqlite === undefined) throw new Error('This Node has no SQLite of its own');
const reader = nodeReader(sqlite);
const readings: NodeReading[] = [];
for (const order of JSON.parse(argument) as readonly ReadingRequest[]) readings.push(await read(order));
console.log(JSON.stringify({ name: reader.name, readings }));

async function read(order: ReadingRequest): Promise<NodeReading> {
  try {
    const { problems, digests } = await reader.read(order, realPorts());
    return { problems, digests: Buffer.from(digests).toString('base64'), isOpen: isOpen(order.databasePath) };
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    const { code, path, message } = error;
    return { error: { code, path, message }, isOpen: isOpen(order.databasePath) };
  }
}

function isOpen(path: string): boolean {
  return readdirSync('/proc/self/fd').some((name) => {
    try {
      return readlinkSync(join('/proc/self/fd', name)) === path;
    } catch {
      return false;
    }
  });
}
