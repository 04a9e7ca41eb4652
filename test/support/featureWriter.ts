import { startPython } from './pythonSqlite.js';

/** A process that keeps changing feature databases like an agent: it starts, passes and moves features in turn. */
export interface FeatureWriter {
  /** One committed write; the database is then self-contained. */
  write(database: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startFeatureWriter(): Promise<FeatureWriter> {
  const writer = await startPython(WRITER, []);
  return {
    write: async (database) => {
      const answer = await writer.ask(database);
      if (answer !== 'written') throw new Error(answer);
    },
    stop: async () => await writer.stop(),
  };
}

const WRITER = `
import sqlite3, sys
print('ready')
turns = {}
for line in sys.stdin:
  path = line.rstrip('\\n')
  c = sqlite3.connect(path, isolation_level=None)
  c.execute('PRAGMA journal_mode=delete')
  n = c.execute('SELECT count(*) FROM features').fetchone()[0]
  turn = turns.get(path, 0)
  turns[path] = turn + 1
  feature = c.execute('SELECT id FROM features ORDER BY id LIMIT 1 OFFSET ?', [(turn // 3) % n]).fetchone()[0]
  if turn % 3 == 0: c.execute('UPDATE features SET in_progress = 1 - in_progress WHERE id = ?', [feature])
  elif turn % 3 == 1: c.execute('UPDATE features SET passes = 1 - passes, in_progress = 0 WHERE id = ?', [feature])
  else: c.execute('UPDATE features SET priority = (SELECT max(priority) + 1 FROM features) WHERE id = ?', [feature])
  c.close()
  print('written', flush=True)
`;
