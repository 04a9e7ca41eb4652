import assert from 'node:assert/strict';
import nodeFileSystem, {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename } from 'node:path';
import { describe, it } from 'mocha';
import { entryIdentity, moveAside } from '../../../core/system/files/moveAside.js';
import { kindOf } from '../../../core/system/files/fileKind.js';
import { isToken } from '../../../core/system/processes/uniqueToken.js';
import { realPorts, type FileSystem } from '../../../core/system/ports.js';
import { systemError } from '../../support/interferingFiles.js';
import { makeSocket, OBSTACLES } from '../../support/blockers.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('an obstacle that is moved aside', () => {
  const folder = useTemporaryFolder();
  const path = (): string => folder.join('thing');
  const identity = (): string => entryIdentity(lstatSync(path()));
  const move = (of = identity(), files: Partial<FileSystem> = {}): string | undefined =>
    moveAside(path(), of, { ...realPorts(), files: { ...nodeFileSystem, ...files } });

  it('gets a unique name in the same folder', () => {
    writeFileSync(path(), 'precious');
    const aside = move() ?? '';
    assert.deepEqual(readdirSync(folder.path), [basename(aside)]);
    assert.match(basename(aside), /^\.lock-aside-\d+-\w+-\w*$/);
    assert.equal(readFileSync(aside, 'utf8'), 'precious');
  });

  it('stays if its identity differs or it is missing', () => {
    writeFileSync(path(), 'precious');
    const original = identity();
    writeFileSync(folder.join('other'), 'other');
    assert.equal(move(entryIdentity(lstatSync(folder.join('other')))), undefined);
    assert.deepEqual(readdirSync(folder.path).sort(), ['other', 'thing']);
    nodeFileSystem.unlinkSync(path());
    assert.equal(move(original), undefined);
  });

  it('may be removed at the last moment; every other failure is thrown', () => {
    mkdirSync(path());
    const renameSync: FileSystem['renameSync'] = (from, to) => {
      rmdirSync(from);
      nodeFileSystem.renameSync(from, to);
    };
    assert.equal(move(identity(), { renameSync }), undefined);
    mkdirSync(path());
    const refused = (): never => {
      throw systemError('EACCES');
    };
    assert.throws(() => move(identity(), { renameSync: refused }), { code: 'EACCES' });
    assert.deepEqual(readdirSync(folder.path), ['thing']);
  });

  it('is moved back if another file got its name at the last moment', () => {
    writeFileSync(path(), 'precious');
    writeFileSync(folder.join('newer'), 'a lock');
    const renameSync: FileSystem['renameSync'] = (from, to) => {
      nodeFileSystem.renameSync(folder.join('newer'), path());
      nodeFileSystem.renameSync(from, to);
    };
    assert.equal(move(identity(), { renameSync }), undefined);
    assert.deepEqual(readdirSync(folder.path), ['thing']);
    assert.equal(readFileSync(path(), 'utf8'), 'a lock');
  });

  it('is identified by its inode and its time, in the form of a token', () => {
    writeFileSync(path(), '');
    const stats = lstatSync(path());
    const identities = [{}, { ino: stats.ino + 1 }, { mtimeMs: 1.5 }, { mtimeMs: 2.5 }].map((changes) =>
      entryIdentity(Object.assign(lstatSync(path()), changes)),
    );
    assert.equal(new Set(identities).size, 4, identities.join());
    assert.ok([...identities, entryIdentity(Object.assign(stats, { mtimeMs: -1.5 }))].every((text) => isToken(text)));
  });

  it('is described by its kind', async () => {
    const expected = {
      'a folder': 'folder',
      'a link that leads nowhere': 'link',
      'a pipe': 'pipe',
    };
    for (const [what, kind] of Object.entries(expected)) {
      OBSTACLES[what]?.(folder.join(what));
      assert.equal(kindOf(lstatSync(folder.join(what))), kind);
    }
    symlinkSync(folder.path, path());
    assert.equal(kindOf(lstatSync(path())), 'link');
    writeFileSync(folder.join('file'), '');
    assert.equal(kindOf(lstatSync(folder.join('file'))), 'file');
    assert.equal(kindOf(lstatSync('/dev/null')), 'device');
    const close = await makeSocket(folder.join('socket'));
    assert.equal(kindOf(lstatSync(folder.join('socket'))), 'socket');
    await close();
  });
});
