import assert from 'node:assert/strict';
import { createBackup } from '../../core/backup/createBackup.js';
import type { Project } from '../../core/project/project.js';
import type { Backup } from '../../core/store/backup.js';
import { realPorts } from '../../core/system/ports.js';
import { sqlite3 } from './fixtureProject.js';
import { makeFeatureDatabase, readDatabase } from './pythonSqlite.js';
import { testProject } from './testProject.js';

/** A project with a backup of 20 features, and 15 of them in the live database. */
export async function shrunkProject(root: string): Promise<{ project: Project; backup: Backup; liveDigest: string }> {
  const project = testProject(root);
  const { databasePath } = project;
  makeFeatureDatabase(databasePath, { features: 20, passing: 0, journalMode: 'delete' });
  const outcome = await createBackup(project, { source: 'cli', reason: 'manual' }, realPorts());
  assert.ok(outcome.status === 'created');
  sqlite3(databasePath, 'DELETE FROM features WHERE id > 15');
  return { project, backup: outcome.backup, liveDigest: readDatabase(databasePath).digest };
}
