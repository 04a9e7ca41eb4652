import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { copyFixture, sqlite3 } from './fixtureProject.js';
import type { GitRepository } from './gitRepository.js';

/** The database inside a project's folder. */
export const DATABASE = 'features.db';

/** Puts a real feature database into a repository, ignored by git as AutoForge does. */
export function addFeatureDatabase(repository: GitRepository, below = ''): void {
  copyFixture('2-after-200-passing', join(repository.path, below));
  repository.write('.gitignore', '.autoforge/\n.feature_backups/\nfeatures.db*\n');
}

/** Makes one more feature pass. */
export function changeBacklog(repository: GitRepository, below = ''): void {
  const database = join(repository.path, below, DATABASE);
  sqlite3(database, 'UPDATE features SET passes = 1 WHERE id = (SELECT min(id) FROM features WHERE passes = 0)');
}

export interface StoredMetadata {
  readonly id: string;
  readonly reason: string;
  readonly passing_count: number;
  readonly events: readonly { readonly source: string; readonly reason: string }[];
  readonly git?: {
    readonly branch: string | null;
    readonly head: string | null;
    readonly commit?: string;
    readonly earlier_commits?: readonly string[];
  };
}

/** The backups' metadata, oldest first. */
export function storedMetadata(repository: GitRepository, below = ''): readonly StoredMetadata[] {
  const store = join(repository.path, below, '.feature_backups');
  if (!existsSync(store)) return [];
  const metadata = readdirSync(store)
    .filter((name) => name.startsWith('features_') && name.endsWith('.json'))
    .map((name) => {
      const json = JSON.parse(readFileSync(join(store, name), 'utf8')) as StoredMetadata & { sequence: number };
      return { ...json, id: name.slice(0, -'.json'.length) };
    });
  return metadata.sort((one, other) => one.sequence - other.sequence);
}

/** Waits until the hooks have processed the inbox in the background. */
export async function settled(repository: GitRepository): Promise<void> {
  const folder = join(repository.path, repository.git('rev-parse', '--git-common-dir'), 'feature-backups');
  for (let attempt = 0; attempt < 400; attempt++) {
    const waiting = existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith('inbox')) : [];
    if (waiting.length === 0) return;
    await pause(25);
  }
  assert.fail(`The notes in ${folder} were never written into the metadata`);
}

/** The backup that is linked to a commit. */
export function backupOf(repository: GitRepository, commit: string, below = ''): StoredMetadata | undefined {
  return storedMetadata(repository, below).find(
    ({ git }) => git?.commit === commit || (git?.earlier_commits?.includes(commit) ?? false),
  );
}
