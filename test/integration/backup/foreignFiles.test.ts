import assert from 'node:assert/strict';
import nodeFileSystem, { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, it } from 'mocha';
import { backUp } from '../../../core/engine.js';
import { BackupError } from '../../../core/system/errors.js';
import { realPorts, type FileSystem } from '../../../core/system/ports.js';
import type { Project } from '../../../core/project/project.js';
import { makeFeatureDatabase } from '../../support/pythonSqlite.js';
import { systemError } from '../../support/interferingFiles.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';

const MANUAL = { source: 'cli', reason: 'manual' } as const;

describe('file of another program with the name of a new backup', () => {
  const folder = useTemporaryFolder();
  let project: Project;
  beforeEach(() => {
    project = testProject(folder.path);
    makeFeatureDatabase(project.databasePath, { features: 20, passing: 0, journalMode: 'delete' });
  });

  /** The file appears right before the backup is published. */
  const interfering = (ending: string, hasLinks: boolean): FileSystem => ({
    ...nodeFileSystem,
    linkSync: (from, to) => {
      const path = String(to);
      if (path.includes('features_') && path.endsWith(ending)) writeFileSync(path, 'of another program');
      if (!hasLinks) throw systemError('EPERM');
      nodeFileSystem.linkSync(from, to);
    },
  });

  for (const ending of ['.db', '.json']) {
    for (const hasLinks of [true, false]) {
      it(`is not overwritten: ${ending}, ${hasLinks ? 'with' : 'without'} hard links`, async () => {
        const ports = { files: interfering(ending, hasLinks) };
        await assert.rejects(
          backUp(project, MANUAL, { ports }),
          (error: unknown) =>
            error instanceof BackupError && error.code === 'io' && error.message.includes('Another process'),
        );
        const left = readdirSync(project.storePath).filter((name) => !/^\.(?:gitignore|jobs\.json)$/.test(name));
        assert.equal(left.length, 1, left.join());
        assert.ok(left[0]?.endsWith(ending));
        assert.equal(readFileSync(`${project.storePath}/${left[0] ?? ''}`, 'utf8'), 'of another program');
        assert.equal((await backUp(project, MANUAL, { ports: realPorts() })).status, 'created');
      });
    }
  }
});
