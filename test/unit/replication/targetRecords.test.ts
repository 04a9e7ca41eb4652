import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, it } from 'mocha';
import { TargetCache } from '../../../core/replication/targetCache.js';
import { readCopyCounts, TargetRecords } from '../../../core/replication/targetRecords.js';
import { storeStateFolder } from '../../../core/project/index.js';
import { realPorts, type Ports } from '../../../core/system/ports.js';
import { systemError } from '../../support/interferingFiles.js';
import { filesListing } from '../../support/listingOrder.js';
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
    const records = new TargetRecords(project(), ports());
    assert.equal(records.ownerOf(KEY), 'unknown');
    records.claim(KEY);
    assert.equal(records.ownerOf(KEY), 'this-store');
    records.cache('nas', KEY).set('project.json', Buffer.from('{}'));
    assert.equal(records.cache('nas', KEY).get('project.json', 2)?.toString(), '{}');
    assert.equal(records.cache('nas', KEY).get('project.json', 3), undefined);
    assert.equal(records.cache('other', KEY).get('project.json', 2), undefined);
    assert.deepEqual(warnings, []);
  });

  it('of a key have the name that earlier versions gave them', () => {
    mkdirSync(join(state(), 'target-keys'));
    new TargetRecords(project(), ports()).claim('Shop-00000001');
    assert.deepEqual(readdirSync(join(state(), 'target-keys')), ['shop-00000001.json']);
  });

  it('cause one warning if a small file cannot be written', () => {
    const place = storeStateFolder(project(), ports());
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, 'targets'), '');
    const records = new TargetRecords(project(), ports());
    const cache = records.cache('nas', KEY);
    for (const name of ['project.json', 'features_1_20260101-000000_x.json']) cache.set(name, Buffer.from('{}'));
    assert.equal(cache.get('project.json', 2), undefined);
    assert.equal(warnings.length, 1);
  });

  it('cause one warning if the owner of a key cannot be written', () => {
    writeFileSync(join(state(), 'target-keys'), '');
    const records = new TargetRecords(project(), ports());
    for (const key of [KEY, 'blog-00000003']) records.claim(key);
    assert.equal(records.ownerOf(KEY), 'unknown');
    assert.equal(warnings.length, 1);
  });

  it('cause one warning, and are not written, for a user without a home folder', () => {
    const records = new TargetRecords(project(), ports({}));
    const cache = records.cache('nas', KEY);
    cache.set('project.json', Buffer.from('{}'));
    records.cache('other', KEY).keepOnly(new Set());
    assert.equal(cache.get('project.json', 2), undefined);
    assert.equal(warnings.length, 1);
  });

  it('is not used after it was invalidated, even if its files cannot be removed', () => {
    const unlinkSync = (): never => {
      throw systemError('EACCES');
    };
    const files = { ...realPorts().files, unlinkSync };
    const cache = new TargetRecords(project(), { ...ports(), files }).cache('nas', KEY);
    cache.set('project.json', Buffer.from('{}'));
    assert.equal(cache.get('project.json', 2)?.toString(), '{}');
    cache.invalidate();
    assert.equal(cache.get('project.json', 2), undefined);
  });

  describe('as a cache of small files', () => {
    const [ONE, TWO] = ['features_1_20260125-144600_a.json', 'features_1_20260125-144600_b.json'];
    const cacheOf = (target = 'nas', key = KEY) => new TargetRecords(project(), ports()).cache(target, key);
    const place = (...names: readonly string[]) =>
      join(storeStateFolder(project(), ports()), 'targets', 'nas', KEY, ...names);

    it('know the files that they contain', () => {
      const cache = cacheOf();
      assert.equal(cache.has(ONE), false);
      cache.set(ONE, Buffer.from('{}'));
      mkdirSync(place(TWO));
      assert.deepEqual([cache.has(ONE), cache.has(TWO), cache.has('project.json')], [true, false, false]);
      cache.delete(ONE);
      assert.equal(cache.has(ONE), false);
    });

    it('lose the files that the target no longer has, and no others', () => {
      const cache = cacheOf();
      for (const name of [ONE, TWO, 'project.json']) cache.set(name, Buffer.from('{}'));
      writeFileSync(place('.tmp-1-abc-def'), '');
      for (const name of ['notes.txt', '.tmp-notes']) writeFileSync(place(name), '');
      const link = 'features_1_20260125-144600_c.json';
      symlinkSync(place('notes.txt'), place(link));
      cache.keepOnly(new Set([ONE]));
      assert.deepEqual(readdirSync(place()).sort(), ['.tmp-notes', ONE, link, 'notes.txt']);
    });

    it('do nothing without a place, and report no failure', () => {
      const cache = new TargetCache(undefined, ports(), (error) => assert.fail(String(error)));
      cache.set(ONE, Buffer.from('{}'));
      cache.delete(ONE);
      cache.keepOnly(new Set());
      cache.invalidate();
      assert.deepEqual([cache.has(ONE), cache.get(ONE, 2)], [false, undefined]);
    });

    it('count the copies of each target once, in the order of the names', () => {
      assert.deepEqual(readCopyCounts(project(), ports()), []);
      for (const [target, key, ...names] of [
        ['nas', KEY, ONE, TWO, 'project.json'],
        ['nas', 'old-00000002', ONE],
        ['empty', KEY, 'project.json'],
        ['cloud', KEY, ONE],
      ] as const)
        for (const name of names) cacheOf(target, key).set(name, Buffer.from('{}'));
      const counts = [
        { target: 'cloud', count: 1 },
        { target: 'nas', count: 2 },
      ];
      for (const order of ['ascending', 'descending'] as const)
        assert.deepEqual(readCopyCounts(project(), { ...ports(), files: filesListing(order) }), counts, order);
    });
  });
});
