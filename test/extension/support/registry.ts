import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** Writes AutoForge's registry with these projects. */
export function writeRegistry(home: string, projects: Readonly<Record<string, string>>): void {
  const folder = join(home, '.autoforge');
  mkdirSync(folder, { recursive: true });
  const script = `
import json, sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute('''CREATE TABLE IF NOT EXISTS projects (
  name VARCHAR(50) NOT NULL, path VARCHAR NOT NULL, created_at DATETIME NOT NULL,
  default_concurrency INTEGER NOT NULL, PRIMARY KEY (name))''')
connection.execute('DELETE FROM projects')
for name, path in json.loads(sys.argv[2]).items():
    connection.execute("INSERT INTO projects VALUES (?, ?, '2026-01-25 14:46:00', 3)", (name, path))
connection.commit()
`;
  execFileSync('python3', ['-c', script, join(folder, 'registry.db'), JSON.stringify(projects)]);
}
