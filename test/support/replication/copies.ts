import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { createBackup } from '../../../core/backup/createBackup.js';
import { readCatalog } from '../../../core/store/openStore.js';
import { replicate, type TargetOutcome } from '../../../core/replication/replicate.js';
import { realPorts, type Ports } from '../../../core/system/ports.js';
import type { Project, ReplicationTarget, RetentionPolicy } from '../../../core/project/project.js';
import { sqlite3 } from '../fixtureProject.js';
import { makeFeatureDatabase } from '../pythonSqlite.js';
import { testProject } from '../testProject.js';

export function folderTargetNamed(
  name: string,
  folder: string,
  retention: Partial<RetentionPolicy> = {},
): ReplicationTarget {
  return { name, folder, rclone: undefined, retention };
}

export function withTargets(project: Project, ...targets: readonly ReplicationTarget[]): Project {
  return { ...project, configuration: { ...project.configuration, targets } };
}

/** Syncs a project that has one target. */
export async function syncOneTarget(
  project: Project,
  options = {},
  ports: Ports = realPorts(),
): Promise<TargetOutcome> {
  const [outcome, ...others] = (await replicate(project, options, ports)).targets;
  assert.ok(outcome);
  assert.deepEqual(others, []);
  return outcome;
}

/** A project with this many backups, each of another state. */
export async function projectWithBackups(root: string, count: number): Promise<Project> {
  const project = testProject(root);
  makeFeatureDatabase(project.databasePath, { features: 12, passing: 0, journalMode: 'delete' });
  for (let number = 1; number <= count; number += 1) await backUpNewState(project, number);
  return project;
}

export async function backUpNewState(project: Project, passing: number): Promise<void> {
  sqlite3(project.databasePath, `UPDATE features SET passes = (id <= ${String(passing)})`);
  const outcome = await createBackup(project, { source: 'cli', reason: `state_${String(passing)}` }, realPorts());
  assert.equal(outcome.status, 'created');
}

export function idsOf(project: Project): readonly string[] {
  return readCatalog(project, realPorts())
    .backups.map(({ id }) => id)
    .sort();
}

/** The one project's folder at a target. */
export function folderAt(target: string): string {
  const [key, ...others] = readdirSync(target).filter((name) => /-[0-9a-f]{8}$/.test(name));
  assert.ok(key !== undefined && others.length === 0, readdirSync(target).join());
  return join(target, key);
}

/**
 * The ids of the complete copies in a folder, checked against their metadata. Independent of the program: it needs only
 * gunzip and SHA-256.
 */
export function provenCopies(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.startsWith('features_') && name.endsWith('.json'));
  return names
    .map((name) => name.slice(0, -'.json'.length))
    .map((id) => {
      const metadata = JSON.parse(readFileSync(join(folder, `${id}.json`), 'utf8')) as { sha256: string };
      const image = gunzipSync(readFileSync(join(folder, `${id}.db.gz`)));
      assert.equal(createHash('sha256').update(image).digest('hex'), metadata.sha256, id);
      return id;
    })
    .sort();
}

/** Changes one byte in the middle, like a failing disk; size and time stay the same. */
export function flipByte(path: string): void {
  const content = readFileSync(path);
  const middle = Math.floor(content.length / 2);
  content[middle] = (content[middle] ?? 0) ^ 0xff;
  writeFileSync(path, content);
}
