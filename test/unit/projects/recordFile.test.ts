import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import {
  readRecord,
  recordPath,
  recordPaths,
  recordsFolder,
  writeRecord,
  type ProjectRecord,
} from '../../../core/projects/recordFile.js';
import { realPorts, type Ports } from '../../../core/system/ports.js';
import { portsThatRefuse, READ_ERRORS } from '../../support/failingReads.js';
import { systemError } from '../../support/interferingFiles.js';
import { filesListing } from '../../support/listingOrder.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const RECORD: ProjectRecord = {
  roots: ['/projects/shop', '/projects/old'],
  databasePath: '/projects/shop/features.db',
  storePath: '/projects/shop/.feature_backups',
  fileIds: ['1:2:3', '1:4:5'],
  remotes: ['https://example.com/shop.git'],
  firstCommits: ['0123456789abcdef0123456789abcdef01234567'],
  vaultKeys: ['shop-1f2e3d4c', 'old-00000000'],
  lastBackup: {
    id: 'features_20_20260125-144600_manual',
    createdAt: '2026-01-25T14:46:00.123+01:00',
    features: 20,
    passing: 0,
  },
};

const DOCUMENT = {
  format: 1,
  roots: RECORD.roots,
  database: RECORD.databasePath,
  store: RECORD.storePath,
  file_ids: RECORD.fileIds,
  remotes: RECORD.remotes,
  first_commits: RECORD.firstCommits,
  vault: RECORD.vaultKeys,
  last_backup: {
    id: RECORD.lastBackup.id,
    created_at: RECORD.lastBackup.createdAt,
    features: 20,
    passing: 0,
  },
};

describe('the record of a project', () => {
  const folder = useTemporaryFolder();
  const ports = (more: Partial<Ports> = {}): Ports => ({
    ...realPorts(),
    environment: { FEATURE_BACKUPS_STATE: folder.join('state') },
    ...more,
  });
  const path = () => recordPath('/projects/shop', ports());
  const read = (content: string): ProjectRecord | undefined => {
    writeFileSync(path(), content);
    return readRecord(path(), ports());
  };
  const readChanged = (changes: object): ProjectRecord | undefined => read(JSON.stringify({ ...DOCUMENT, ...changes }));
  const readBackup = (changes: object): ProjectRecord | undefined =>
    readChanged({ last_backup: { ...DOCUMENT.last_backup, ...changes } });
  beforeEach(() => mkdirSync(recordsFolder(ports()), { recursive: true }));

  it('is a private file in the state folder, and is read as it was written', () => {
    writeRecord(path(), RECORD, ports());
    assert.deepEqual(JSON.parse(readFileSync(path(), 'utf8')), DOCUMENT);
    assert.deepEqual(readRecord(path(), ports()), RECORD);
    assert.deepEqual(recordPaths(ports()), [path()]);
    assert.match(path().slice(folder.join('state', 'projects').length + 1), /^shop-[0-9a-f]{16}\.json$/);
    if (process.platform !== 'win32') assert.equal(statSync(path()).mode & 0o777, 0o600);
  });

  it('is none if a part is missing or of another kind', () => {
    for (const content of ['', '{', 'null', '7', '[]', '{}', `[${JSON.stringify(DOCUMENT)}]`])
      assert.equal(read(content), undefined, content);
    for (const name of ['roots', 'database', 'store', 'last_backup']) {
      for (const value of [undefined, null, 7, {}, []])
        assert.equal(readChanged({ [name]: value }), undefined, `${name}: ${JSON.stringify(value)}`);
    }
    for (const roots of [['relative'], [7], '/projects/shop'])
      assert.equal(readChanged({ roots }), undefined, String(roots));
    for (const name of ['id', 'created_at']) {
      for (const value of [undefined, null, 2026, ['2026-01-25'], ''])
        assert.equal(readBackup({ [name]: value }), undefined, `${name}: ${JSON.stringify(value)}`);
    }
    assert.equal(readBackup({ created_at: 'yesterday' }), undefined);
  });

  it('names a backup by a plain file name', () => {
    for (const id of ['../features_1', 'a/b', 'a b', 'a\n', 'a.db', 'é', 'a'.repeat(251)])
      assert.equal(readBackup({ id }), undefined, id);
    for (const id of ['a', 'a-B_9', 'a'.repeat(250)]) assert.equal(readBackup({ id })?.lastBackup.id, id);
  });

  it('contains only counts that are counts', () => {
    for (const value of [undefined, null, '20', -1, 1.5, 2 ** 53, true, []]) {
      const backup = readBackup({ features: value, passing: value })?.lastBackup;
      assert.deepEqual([backup?.id, backup?.features, backup?.passing], [RECORD.lastBackup.id, undefined, undefined]);
    }
    assert.equal(readBackup({ features: 0 })?.lastBackup.features, 0);
  });

  it('contains only absolute folders, and keys that are keys', () => {
    assert.deepEqual(readChanged({ roots: ['relative', ...RECORD.roots, 7] })?.roots, RECORD.roots);
    assert.deepEqual(readChanged({ vault: ['../x-1f2e3d4c', ...RECORD.vaultKeys, 7] })?.vaultKeys, RECORD.vaultKeys);
    assert.deepEqual(readChanged({ file_ids: ['1:2:3', 7], remotes: 'none' }), {
      ...RECORD,
      fileIds: ['1:2:3'],
      remotes: [],
    });
  });

  it('without a key always has the same one, made of its folder', () => {
    const keys = [undefined, [], ['no key']].map((vault) => readChanged({ vault })?.vaultKeys);
    const [name = ''] = path().split('/').slice(-1);
    for (const key of keys) assert.deepEqual(key, [name.slice(0, 'shop-'.length + 8)]);
  });

  it('is none if it is missing, a link or too large, or if the state folder is a file', () => {
    assert.equal(readRecord(path(), ports()), undefined);
    const text = JSON.stringify(DOCUMENT);
    writeFileSync(folder.join('outside'), text);
    symlinkSync(folder.join('outside'), path());
    assert.equal(readRecord(path(), ports()), undefined);
    assert.equal(readRecord(join(folder.join('outside'), 'record.json'), ports()), undefined);
    writeFileSync(folder.join('large'), text.padEnd(64 * 1024));
    assert.deepEqual(readRecord(folder.join('large'), ports()), RECORD);
    writeFileSync(folder.join('large'), text.padEnd(64 * 1024 + 1));
    assert.equal(readRecord(folder.join('large'), ports()), undefined);
  });

  it('is not taken for missing if it cannot be read', () => {
    writeRecord(path(), RECORD, ports());
    for (const code of READ_ERRORS) {
      const { files } = portsThatRefuse(code, (call) => call.path === path());
      assert.throws(() => readRecord(path(), ports({ files })), { operation: 'read the record of a project' }, code);
    }
  });
});

describe('the records of the projects', () => {
  const folder = useTemporaryFolder();
  const ports = (more: Partial<Ports> = {}): Ports => ({
    ...realPorts(),
    environment: { FEATURE_BACKUPS_STATE: folder.join('state') },
    ...more,
  });
  const records = () => folder.join('state', 'projects');
  const DIGITS = '0123456789abcdef';

  it('are the files with the name of a record, in the same order every time', () => {
    mkdirSync(records(), { recursive: true });
    const names = ['a', 'b', 'shop-front', 'a'.repeat(60)].map((name) => `${name}-${DIGITS}.json`);
    const others = [
      ...[`x.${names[0] ?? ''}`, `${names[0] ?? ''}.bak`, `.a-${DIGITS}.json.1`, `-${DIGITS}.json`, `a-${DIGITS}.txt`],
      ...[`${'a'.repeat(61)}-${DIGITS}.json`, `a-${DIGITS.slice(1)}.json`, `a-${DIGITS.toUpperCase()}.json`, '.lock'],
      ...[`a ${names[0] ?? ''}`, `a-${DIGITS}xjson`],
    ];
    for (const name of [...names, ...others].reverse()) writeFileSync(join(records(), name), '');
    const sorted = names.toSorted().map((name) => join(records(), name));
    assert.deepEqual(recordPaths(ports()), sorted);
    for (const order of ['ascending', 'descending'] as const)
      assert.deepEqual(recordPaths(ports({ files: filesListing(order) })), sorted, order);
  });

  it('are none if their folder is missing, or if the state folder is a file', () => {
    assert.deepEqual(recordPaths(ports()), []);
    writeFileSync(folder.join('state'), '');
    assert.deepEqual(recordPaths(ports()), []);
  });

  it('are not taken for none if their folder cannot be read', () => {
    const opendirSync = (): never => {
      throw systemError('EACCES');
    };
    const files = { ...realPorts().files, opendirSync };
    assert.throws(() => recordPaths(ports({ files })), {
      code: 'permission-denied',
      operation: 'read the records of the projects',
    });
  });
});
