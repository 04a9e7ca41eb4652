import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFeatureDatabase, runPython } from './pythonSqlite.js';
import type { TemporaryFolder } from './temporaryFolder.js';

/** A user's home with projects registered by AutoForge. */
export class KnownProjects {
  constructor(private readonly folder: TemporaryFolder) {}

  /** Separate from the developer's own home. */
  get environment(): Readonly<Record<string, string>> {
    return { HOME: this.folder.join('home'), FEATURE_BACKUPS_STATE: this.folder.join('state') };
  }

  path(name: string): string {
    return this.folder.join('projects', name);
  }

  database(name: string): string {
    return join(this.path(name), 'features.db');
  }

  /** Makes a project with one passing feature. */
  make(name: string, features = 20): string {
    makeFeatureDatabase(this.database(name), { features, passing: 1, journalMode: 'delete' });
    return this.path(name);
  }

  /** Rewrites AutoForge's registry. */
  register(...names: readonly string[]): void {
    const path = this.folder.join('home', '.autoforge', 'registry.db');
    mkdirSync(dirname(path), { recursive: true });
    runPython(REGISTER, [path, JSON.stringify(names.map((name) => [name, this.path(name)]))]);
  }

  /** Writes the user's own configuration file. */
  configure(configuration: object): void {
    const path = this.folder.join('home', '.config', 'feature-backups', 'config.json');
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, JSON.stringify(configuration));
  }
}

const REGISTER = `
import json, sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None)
c.execute('CREATE TABLE IF NOT EXISTS projects (name VARCHAR(50) NOT NULL PRIMARY KEY, path VARCHAR NOT NULL, '
  'created_at DATETIME NOT NULL, default_concurrency INTEGER NOT NULL)')
c.execute('DELETE FROM projects')
c.executemany("INSERT INTO projects VALUES (?, ?, '2026-01-25', 3)", json.loads(sys.argv[2]))
`;
