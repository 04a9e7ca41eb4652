import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, it } from 'mocha';
import { TargetMemory } from '../../../core/replication/targetMemory.js';
import { storeStateFolder } from '../../../core/project/index.js';
import { realPorts, type Ports } from '../../../core/system/ports.js';
import { systemError } from '../../support/interferingFiles.js';
import { testProject } from '../../support/testProject.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const KEY = 'shop-00000001';

describe('target records', () => {
  const folder = useTemporaryFolder();
  const project = () => testProject(folder.join('shop'));
  const state = () => folder.join('state');
  let warnings: string[];
  const ports = (environment: Ports['environment'] = { FEATURE_BACKUPS_STATE: state() }): Ports => ({
    ...realPorts(),
    environment,
    onWarning: (warning) => warnings.push(warning),
  });
  beforeEach(() => {
    warnings = [];
    mkdirSync(project().storePath, { recursive: true });
    mkdirSync(state());
  });

  it('contain the small files of a target and the owner of a key', () => {
    const memory = new TargetMemory(project(), ports());
    assert.equal(memory.ownerOf(KEY), 'unknown');
    memory.claim(KEY);
    assert.equal(memory.ownerOf(KEY), 'this-store');
    memory.cache('nas', KEY).set('project.json', Buffer.from('{}'));
    assert.equal(memory.cache('nas', KEY).get('project.json', 2)?.toString(), '{}');
    assert.equal(memory.cache('nas', KEY).get('project.json', 3), undefined);
    assert.equal(memory.cache('other', KEY).get('project.json', 2), undefined);
    assert.deepEqual(warnings, []);
  });

  it('cause one warning if a small file cannot be written', () => {
    const place = storeStateFolder(project(), ports());
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, 'targets'), '');
    const memory = new TargetMemory(project(), ports());
    const ledger = memory.cache('nas', KEY);
    for (const name of ['project.json', 'features_1_20260101-000000_x.json']) ledger.set(name, Buffer.from('{}'));
    assert.equal(ledger.get('project.json', 2), undefined);
    assert.equal(warnings.length, 1);
  });

  it('cause one warning if the owner of a key cannot be written', () => {
    writeFileSync(join(state(), 'target-keys'), '');
    const memory = new TargetMemory(project(), ports());
    for (const key of [KEY, 'blog-00000003']) memory.claim(key);
    assert.equal(memory.ownerOf(KEY), 'unknown');
    assert.equal(warnings.length, 1);
  });

  it('cause one warning, and are not written, for a user without a home folder', () => {
    const memory = new TargetMemory(project(), ports({}));
    const ledger = memory.cache('nas', KEY);
    ledger.set('project.json', Buffer.from('{}'));
    memory.cache('other', KEY).keepOnly(new Set());
    assert.equal(ledger.get('project.json', 2), undefined);
    assert.equal(warnings.length, 1);
  });

  it('is not used after it was invalidated, even if its files cannot be removed', () => {
    const unlinkSync = (): never => {
      throw systemError('EACCES');
    };
    const files = { ...realPorts().files, unlinkSync };
    const cache = new TargetMemory(project(), { ...ports(), files }).cache('nas', KEY);
    cache.set('project.json', Buffer.from('{}'));
    assert.equal(cache.get('project.json', 2)?.toString(), '{}');
    cache.invalidate();
    assert.equal(cache.get('project.json', 2), undefined);
  });
});
