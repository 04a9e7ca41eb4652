import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, it } from 'mocha';
import { readAllBackups, readAllHistory } from '../../../core/vault/readVault.js';
import { selectFromHistory } from '../../../core/vault/selectFromHistory.js';
import { readCatalog } from '../../../core/store/index.js';
import { cleanUp } from '../../../core/retention/index.js';
import type { Backup } from '../../../core/store/index.js';
import type { Project } from '../../../core/project/index.js';
import { realPorts, type FileSystem, type Ports } from '../../../core/system/ports.js';
import { portsThatRefuse } from '../../support/failingReads.js';
import { backUpNewState, idsOf, projectWithBackups } from '../../support/replication/copies.js';
import { RecordedProject } from '../../support/recordedProject.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const [KEY, OLD_KEY] = ['shop-00000001', 'shop-00000002'];
const [FIRST, SECOND, THIRD] = [1, 2, 3].map((hour) => `features_1_20260125-0${String(hour)}0000_a`) as [
  string,
  string,
  string,
];
const EMERGENCY = 'features_emergency_20260126-120000';

describe('the backups of a project', () => {
  const folder = useTemporaryFolder();
  const recorded = new RecordedProject(folder);
  const all = (ports = recorded.ports()) => readAllBackups(recorded.project, ports);
  const shown = (backups: readonly Backup[]): readonly (readonly [string, boolean])[] =>
    backups.map(({ id, isOnlyInVault = false }) => [id, isOnlyInVault]);
  beforeEach(() => recorded.record(KEY, OLD_KEY));

  it('are those in the store and those that only the vault contains, newest first', () => {
    recorded.putInStore(`${SECOND}.db`);
    recorded.putInVault(KEY, `${THIRD}.db.gz`, `${SECOND}.db.gz`, `${FIRST}.db.gz`, 'project.json');
    const { backups, newest } = all();
    assert.deepEqual(shown(backups), [
      [THIRD, true],
      [SECOND, false],
      [FIRST, true],
    ]);
    assert.equal(newest?.id, THIRD);
    assert.equal(backups[0]?.path, join(recorded.vault, KEY, `${THIRD}.db.gz`));
  });

  it('are those in the store alone if the vault contains no other', () => {
    recorded.putInStore(`${FIRST}.db`, `${FIRST}.json`);
    const { project } = recorded;
    assert.deepEqual(all(), readCatalog(project, recorded.ports()));
    recorded.putInVault(KEY, `${FIRST}.db.gz`, `${FIRST}.json`, 'project.json', 'sync-wanted');
    assert.deepEqual(all(), readCatalog(project, recorded.ports()));
  });

  it('are listed once if several folders in the vault contain them, from the present one', () => {
    recorded.putInVault(KEY, `${FIRST}.db.gz`);
    recorded.putInVault(OLD_KEY, `${FIRST}.db`, `${SECOND}.db`);
    const { backups, newest } = all();
    assert.deepEqual(shown(backups), [
      [SECOND, true],
      [FIRST, true],
    ]);
    assert.equal(newest?.id, SECOND);
    assert.equal(backups[1]?.path, join(recorded.vault, KEY, `${FIRST}.db.gz`));
  });

  it('have their metadata in the vault, and the newest one is no emergency backup', () => {
    recorded.putInVault(KEY, `${FIRST}.db.gz`, `${EMERGENCY}.db.gz`);
    const metadata = { timestamp: '2026-01-25T10:00:00Z', reason: 'noted' };
    writeFileSync(join(recorded.vault, KEY, `${FIRST}.json`), JSON.stringify(metadata));
    const { backups, newest } = all();
    assert.deepEqual(shown(backups), [
      [EMERGENCY, true],
      [FIRST, true],
    ]);
    assert.deepEqual([newest?.id, newest?.reason], [FIRST, 'noted']);
  });

  it('are those in the store if the vault is unreadable, with a warning', () => {
    recorded.putInStore(`${FIRST}.db`);
    recorded.putInVault(KEY, `${SECOND}.db`);
    const warnings: string[] = [];
    const { files } = portsThatRefuse('EIO', ({ path }) => path === recorded.recordPath);
    const ports = recorded.ports({ files, onWarning: (warning) => warnings.push(warning) });
    assert.deepEqual(shown(all(ports).backups), [[FIRST, false]]);
    assert.equal(warnings.length, 1);
  });

  describe('with a history', function () {
    this.timeout(30_000);
    let ids: readonly string[];
    let project: Project;
    const RULES = { keepLast: 1, keepHourly: 0, keepDaily: 0, keepWeekly: 0, keepEmergency: 5 };
    const segmentsIn = (path: string): readonly string[] => readdirSync(path).filter((name) => name.endsWith('.fbh'));
    const archive = async (): Promise<void> => {
      const { configuration } = recorded.project;
      project = { ...recorded.project, configuration: { ...configuration, retention: RULES } };
      const { problem } = await cleanUp(project, recorded.ports());
      assert.equal(problem, undefined);
    };
    const copyToVault = (name: string, to = name, key = KEY): void => {
      mkdirSync(join(recorded.vault, key), { recursive: true });
      copyFileSync(join(project.storePath, name), join(recorded.vault, key, to));
    };
    const damage = (name: string): void => writeFileSync(join(recorded.vault, KEY, name), 'no segment'.repeat(100));
    const history = (ports = recorded.ports()) => readAllHistory(project, ports);
    beforeEach(async () => {
      const made = await projectWithBackups(recorded.project.root, 3);
      ids = idsOf(made);
      await archive();
    });

    it('are not listed again because the vault contains what the history contains', () => {
      recorded.putInVault(KEY, ...ids.map((id) => `${id}.db`));
      assert.deepEqual(shown(all().backups), [[ids[2], false]]);
      assert.deepEqual(shown(history().states), [
        [ids[1], false],
        [ids[0], false],
      ]);
      rmSync(join(project.storePath, segmentsIn(project.storePath)[0] ?? ''));
      assert.deepEqual(shown(all().backups), [
        [ids[2], false],
        [ids[1], true],
        [ids[0], true],
      ]);
    });

    it('have the states of segments that only the vault contains, newest first', () => {
      const [segment = ''] = segmentsIn(project.storePath);
      const local = history();
      copyToVault(segment);
      copyToVault(segment, segment, OLD_KEY);
      recorded.putInVault(KEY, 'project.json');
      assert.deepEqual(history(), local, 'the same segment');
      const other = segment.replace('000001', '000007');
      copyToVault(segment, other);
      assert.deepEqual(history(), local, 'the same states');
      rmSync(join(project.storePath, segment));
      const { states, problems } = history();
      assert.deepEqual(shown(states), [
        [ids[1], true],
        [ids[0], true],
      ]);
      assert.deepEqual(problems, []);
      assert.ok(states.every(({ path }) => path.startsWith(join(recorded.vault, KEY))));
    });

    it('have each state of a segment that the vault lacks, in one order with those that the store lacks', () => {
      const [segment = ''] = segmentsIn(project.storePath);
      copyToVault(segment, segment.replace('000001', '000002'), OLD_KEY);
      copyToVault(segment, segment.replace('000001', '000003'));
      const [newest] = history().states;
      rmSync(join(project.storePath, segment));
      const listed = history();
      assert.deepEqual(
        listed.states.map(({ id }) => id),
        [ids[1], ids[0]],
      );
      assert.equal(newest?.id, listed.states[0]?.id);
    });

    it('have newer states of the vault before older ones of the store', async () => {
      const [segment = ''] = segmentsIn(project.storePath);
      const path = join(project.storePath, segment);
      const shorter = readFileSync(path);
      await backUpNewState(project, 4);
      await archive();
      assert.ok(readFileSync(path).length > shorter.length);
      copyToVault(segment, segment.replace('000001', '000007'));
      writeFileSync(path, shorter);
      assert.deepEqual(shown(history().states), [
        [ids[2], true],
        [ids[1], false],
        [ids[0], false],
      ]);
    });

    it('are not looked for in a file in place of the folder in the vault', () => {
      const warnings: string[] = [];
      mkdirSync(recorded.vault);
      writeFileSync(join(recorded.vault, KEY), '');
      const local = history(recorded.ports({ onWarning: (warning) => warnings.push(warning) }));
      assert.deepEqual([local.states.length, warnings], [2, []]);
    });

    it('report a segment that only the vault contains if it is damaged', () => {
      const [segment = ''] = segmentsIn(project.storePath);
      const other = segment.replace('000001', '000007');
      copyToVault(segment, other);
      damage(other);
      copyToVault(segment);
      assert.ok(history().problems.length > 0);
      rmSync(join(project.storePath, segment));
      rmSync(join(recorded.vault, KEY, segment));
      const { problems } = history();
      assert.deepEqual(
        problems.map(({ path }) => basename(path ?? '')),
        [other],
      );
      assert.throws(() => selectFromHistory(project, 'features_99', recorded.ports()), problems[0]);
    });

    it('do not report a damaged copy of a segment in the store', () => {
      const [segment = ''] = segmentsIn(project.storePath);
      copyToVault(segment);
      damage(segment);
      copyToVault(segment, segment.replace('000001', '000007'));
      assert.deepEqual(history().problems, []);
    });

    it('are those in the store if the vault is unreadable, with a warning', () => {
      const warnings: string[] = [];
      const local = history();
      recorded.putInVault(KEY, 'project.json');
      const opendirSync: FileSystem['opendirSync'] = (path, ...rest) => {
        if (String(path).startsWith(recorded.vault)) throw Object.assign(new Error('EIO'), { code: 'EIO' });
        return realPorts().files.opendirSync(path, ...rest);
      };
      const files = { ...realPorts().files, opendirSync };
      const ports: Ports = recorded.ports({ files, onWarning: (warning) => warnings.push(warning) });
      assert.deepEqual(history(ports), local);
      assert.equal(warnings.length, 1);
    });
  });
});
