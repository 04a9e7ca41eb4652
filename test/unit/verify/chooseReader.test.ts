import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, it } from 'mocha';
import { chooseReader } from '../../../core/verify/drill/chooseReader.js';
import { realPorts, type Ports } from '../../../core/system/ports.js';
import type { DrillReader } from '../../../core/store/backup.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { withoutNodeSqlite } from '../../support/withoutNodeSqlite.js';

describe('second reader of a drill', () => {
  const folder = useTemporaryFolder();
  const ports = (PATH: string): Ports => ({ ...realPorts(), environment: { PATH } });
  const chosen = (isHazardous: boolean, allowed?: readonly DrillReader[], PATH = folder.join('programs')) =>
    chooseReader(isHazardous, allowed, ports(PATH))?.name;
  const own = Object.getOwnPropertyDescriptor(process, 'getBuiltinModule') ?? {};
  const withNodeSqlite = <T>(run: () => T): T => {
    const module = { DatabaseSync: () => undefined, backup: () => undefined };
    process.getBuiltinModule = () => module;
    try {
      return run();
    } finally {
      Object.defineProperty(process, 'getBuiltinModule', own);
    }
  };

  beforeEach(() => {
    mkdirSync(folder.join('programs'));
    writeFileSync(folder.join('programs', 'sqlite3'), '', { mode: 0o755 });
  });

  it("is Node's own SQLite, else the program, else undefined", async () => {
    assert.equal(
      withNodeSqlite(() => chosen(false)),
      'node:sqlite',
    );
    assert.equal(await withoutNodeSqlite(async () => await Promise.resolve(chosen(false))), 'sqlite3');
    const none = async () => await Promise.resolve(chosen(false, undefined, folder.join('none')));
    assert.equal(await withoutNodeSqlite(none), undefined);
  });

  it('is the program for a schema that could run forever, because a program can be stopped', () => {
    assert.equal(
      withNodeSqlite(() => chosen(true)),
      'sqlite3',
    );
    assert.equal(
      withNodeSqlite(() => chosen(true, ['node:sqlite'])),
      undefined,
    );
  });

  it('is one of the allowed ones', () => {
    const readerWith = (allowed: readonly DrillReader[]) => withNodeSqlite(() => chosen(false, allowed));
    assert.deepEqual(
      [readerWith(['sqlite3']), readerWith(['node:sqlite']), readerWith(['sqlite3', 'node:sqlite']), readerWith([])],
      ['sqlite3', 'node:sqlite', 'node:sqlite', undefined],
    );
  });
});
