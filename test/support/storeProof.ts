import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCatalog } from '../../core/store/openStore.js';
import type { BackupMetadata } from '../../core/store/backup.js';
import { realPorts } from '../../core/system/ports.js';
import type { Project } from '../../core/project/project.js';
import { readDatabases } from './pythonSqlite.js';

/**
 * Proves that every listed backup is complete: its size and checksum match its metadata (checked immediately), and SQLite
 * opens it, finds it intact and counts the same features (checked once at the end).
 */
export class StoreProof {
  readonly #copies = new Map<string, { path: string; metadata: BackupMetadata; context: string }>();

  /** `scratch` is a folder for copies. */
  constructor(private readonly scratch: string) {
    mkdirSync(scratch, { recursive: true });
  }

  /** Checks the current listing. */
  add(project: Project, context: string): void {
    for (const backup of readCatalog(project, realPorts()).backups) {
      const name = `${context}: ${backup.id}`;
      assert.ok(backup.metadata, `${name} has no metadata`);
      const bytes = readFileSync(backup.path);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      assert.equal(backup.metadata.sha256, sha256, name);
      assert.equal(backup.metadata.backupSizeBytes, bytes.length, name);
      const path = join(this.scratch, `${sha256}.db`);
      if (!this.#copies.has(sha256)) copyFileSync(backup.path, path);
      this.#copies.set(sha256, { path, metadata: backup.metadata, context: name });
    }
  }

  /** Checks all of them with SQLite; returns the number of distinct states. */
  finish(): number {
    const copies = [...this.#copies.values()];
    assert.ok(copies.length > 0, 'no backup was checked');
    const contents = readDatabases(copies.map(({ path }) => path));
    for (const [index, { metadata, context }] of copies.entries()) {
      const content = contents[index];
      assert.ok(content && !('error' in content), `${context}: ${JSON.stringify(content)}`);
      assert.equal(content.integrity, 'ok', context);
      assert.equal(metadata.featureCount, content.features, context);
      assert.equal(metadata.passingCount, content.passing, context);
    }
    return copies.length;
  }
}

/** Proves that the store contains only backups, their metadata, `.gitignore` and the job records. */
export function assertNoLeftovers(project: Project): void {
  const { backups } = readCatalog(project, realPorts());
  const expected = new Set(['.gitignore', '.jobs.json', ...backups.flatMap(({ id }) => [`${id}.db`, `${id}.json`])]);
  const names = readdirSync(project.storePath);
  assert.deepEqual(
    names.filter((name) => !expected.has(name) && !HISTORY.test(name)),
    [],
  );
  assert.ok(names.includes('.gitignore'));
}

const HISTORY = /^(history-\d{6}-\d{8}-\d{6}\.fbh|\.history-base)$/;
