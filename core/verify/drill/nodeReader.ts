import { CELL_SEPARATOR, RowDigests } from '../../database/index.js';
import { BackupError, monotonicMs } from '../../system/index.js';
import type { SqliteConnection, SqliteModule } from '../../snapshot/index.js';
import { isDamageMessage } from './damageMessage.js';
import type { Reading, ReadingRequest, SecondReader } from './drillOutcome.js';

/** Node's own SQLite. */
export function nodeReader(sqlite: SqliteModule): SecondReader {
  return {
    name: 'node:sqlite',
    read: async (request) => await Promise.resolve(readWithNode(sqlite, request)),
  };
}

function readWithNode(sqlite: SqliteModule, request: ReadingRequest): Reading {
  let connection: SqliteConnection | undefined;
  try {
    connection = new sqlite.DatabaseSync(request.databasePath, { readOnly: true });
    connection.exec('PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA mmap_size=0;');
    return readFrom(connection, request);
  } catch (error) {
    if (error instanceof BackupError || !(error instanceof Error)) throw error;
    if (isDamageMessage(error.message)) return { problems: [error.message], digests: new Uint8Array() };
    throw new BackupError(`node:sqlite could not read the restored copy: ${error.message}`, {
      code: 'io',
      operation: 'read the restored copy',
      path: request.databasePath,
      cause: error,
    });
  } finally {
    connection?.close();
  }
}

function readFrom(connection: SqliteConnection, { databasePath, select, limitMs }: ReadingRequest): Reading {
  const deadlineMs = monotonicMs() + limitMs;
  const rows = connection.prepare('PRAGMA integrity_check(8)').all();
  const problems = rows.map((row) => String(Object.values(row)[0])).filter((text) => text !== 'ok');
  const digests = new RowDigests();
  if (problems.length > 0) return { problems, digests: digests.finish() };
  for (const row of connection.prepare(select).iterate()) {
    if (monotonicMs() > deadlineMs) throw timeLimitExceeded(databasePath, limitMs);
    digests.add(Object.values(row).map(String).join(CELL_SEPARATOR));
  }
  return { problems: [], digests: digests.finish() };
}

function timeLimitExceeded(path: string, limitMs: number): BackupError {
  return new BackupError(
    `node:sqlite did not read the restored copy within ${Math.round(limitMs / 1000).toString()} s`,
    {
      code: 'time-limit',
      operation: 'read the restored copy',
      path,
    },
  );
}
