import assert from 'node:assert/strict';
import nodeFileSystem, { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { createBackup } from '../../../core/backup/index.js';
import { backUp, deleteBackup, listBackups, listLocks, openProject, restore } from '../../../core/engine.js';
import { runVaultFollowUp } from '../../../core/followUp/index.js';
import { systemOf, withStoreLock, type FileSystem, type Ports } from '../../../core/system/index.js';
import { canRunAsOtherUser, giveToOtherUser, runCliAsOtherUser } from '../../support/otherUser.js';
import type { CliRun } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { featuresOf, passOneMore, VaultHome } from '../../support/vaultHome.js';

/** The project of each record, and its folders in the vault. */
function recordsIn(state: string): readonly { readonly root: string; readonly keys: readonly string[] }[] {
  const folder = join(state, 'projects');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as { roots: string[]; vault: string[] })
    .map(({ roots: [root = ''], vault }) => ({ root, keys: vault }));
}

function copiesIn(vault: string): readonly string[] {
  return readdirSync(vault)
    .flatMap((name) => (statSync(join(vault, name)).isDirectory() ? readdirSync(join(vault, name)) : []))
    .flatMap((name) => /^(.+)\.db(?:\.gz)?$/.exec(name)?.[1] ?? []);
}

describe('a store that two users share', function () {
  this.timeout(120_000);
  const folder = useTemporaryFolder();
  const home = new VaultHome(folder);

  beforeEach(function () {
    if (!canRunAsOtherUser()) this.skip();
    chmodSync(folder.path, 0o755);
    mkdirSync(folder.join('other', 'vault'), { recursive: true });
    giveToOtherUser(folder.join('other'));
  });

  const asOther = (...args: readonly string[]): CliRun =>
    runCliAsOtherUser(args, {
      cwd: folder.join('other'),
      env: {
        HOME: folder.join('other', 'home'),
        FEATURE_BACKUPS_STATE: folder.join('other', 'state'),
        FEATURE_BACKUPS_VAULT: folder.join('other', 'vault'),
        TMPDIR: folder.join('temporary'),
      },
    });
  const succeeds = ({ code, stdout, stderr }: CliRun): string => {
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const idIn = (text: string): string => (JSON.parse(text) as { backup: { id: string } }).backup.id;
  const withoutFollowUps = async (work: () => Promise<void>): Promise<void> => {
    await home.withoutFollowUps(async () => await withStoreLock(folder.join('other', 'vault'), home.ports(), work));
  };
  /** Both change and back up the project of the other user, each twice, and sync their vaults. */
  const backedUpByBoth = async (): Promise<{ root: string; ids: readonly string[] }> => {
    const root = home.make('shop');
    for (const path of [folder.join('projects'), root]) giveToOtherUser(path);
    const ids: string[] = [];
    await withoutFollowUps(async () => {
      for (let i = 0; i < 2; i += 1) {
        passOneMore(root);
        ids.unshift(idIn(succeeds(await home.cli('backup', root, '--json'))));
        passOneMore(root);
        ids.unshift(idIn(succeeds(asOther('backup', root, '--json'))));
      }
    });
    succeeds(await home.followUp());
    succeeds(asOther('follow-up', '--vault'));
    return { root, ids };
  };

  it('has a record and a vault for each, with all backups', async () => {
    const { root, ids } = await backedUpByBoth();
    for (const [state, vault, uid] of [
      [folder.join('state'), home.vault, 0],
      [folder.join('other', 'state'), folder.join('other', 'vault'), 65534],
    ] as const) {
      const [record, ...others] = recordsIn(state);
      assert.deepEqual([record?.root, others], [root, []]);
      assert.deepEqual(new Set(copiesIn(vault)), new Set(ids));
      const key = join(vault, record?.keys[0] ?? '');
      for (const name of readdirSync(key)) assert.equal(statSync(join(key, name)).uid, uid, `${vault}: ${name}`);
      assert.equal(statSync(key).mode & 0o777, 0o700);
    }
    assert.notEqual(recordsIn(folder.join('state'))[0]?.keys[0], recordsIn(folder.join('other', 'state'))[0]?.keys[0]);
  });

  it('can be used by each after the other made backups, restored and deleted', async () => {
    const { root, ids } = await backedUpByBoth();
    const [, , , oldest = ''] = ids;
    assert.equal((await home.cli('restore', root, oldest, '--yes')).code, 0);
    succeeds(asOther('undo', root, '--yes'));
    succeeds(asOther('pin', root, oldest));
    assert.equal((await home.cli('unpin', root, oldest)).code, 0);
    assert.equal((await home.cli('delete', root, oldest, '--yes')).code, 0);
    passOneMore(root);
    succeeds(asOther('backup', root));
    succeeds(asOther('verify', root));
    assert.equal((await home.cli('verify', root)).code, 0);
    for (const name of readdirSync(join(root, '.feature_backups'))) {
      assert.equal(statSync(join(root, '.feature_backups', name)).uid, 65534, name);
    }
  });

  it('can be deleted by one: each restores the project from the own vault', async () => {
    const { root, ids } = await backedUpByBoth();
    const features = featuresOf(root);
    for (const run of [async (...args: string[]) => await home.cli(...args), asOther]) {
      rmSync(join(root, '.feature_backups'), { recursive: true });
      rmSync(join(root, 'features.db'));
      const listed = JSON.parse((await run('list', '--project', root, '--json')).stdout) as {
        backups: { id: string }[];
      };
      assert.ok(listed.backups.some(({ id }) => id === ids[0]));
      succeeds(await run('restore', root, ids[0] ?? '', '--yes'));
      assert.equal(featuresOf(root), features);
    }
  });
});

describe('a store that a host and a container share', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  const host = new VaultHome(folder);
  const MOUNTED = '/workspace';
  const INSIDE = join(MOUNTED, 'shop');
  let nowMs = 0;

  beforeEach(() => {
    nowMs = Date.now() - 3_600_000;
  });

  const hostPorts = (): Ports => {
    nowMs += 1000;
    return host.portsWithoutPauses({ now: () => new Date(nowMs) });
  };
  /** Another path of the project, state folder and vault, process ids, host name, machine and boot. */
  const containerPorts = (): Ports => {
    const own = hostPorts();
    const environment = {
      ...own.environment,
      HOME: folder.join('container', 'home'),
      FEATURE_BACKUPS_STATE: folder.join('container', 'state'),
      FEATURE_BACKUPS_VAULT: folder.join('container', 'vault'),
    };
    const system = { ...systemOf(own), hostname: () => 'f00dcafe' };
    return { ...own, environment, system, files: insideContainer(own.files, MOUNTED, folder.join('projects')) };
  };
  const both = [
    { state: 'state', ports: hostPorts, rootOf: () => host.path('shop') },
    { state: 'container/state', ports: containerPorts, rootOf: () => INSIDE },
  ] as const;
  const trigger = { source: 'cli', reason: 'manual' } as const;
  const backedUpByBoth = async (times: number): Promise<readonly string[]> => {
    host.make('shop');
    const ids: string[] = [];
    for (let i = 0; i < times; i += 1) {
      for (const { ports, rootOf } of both) {
        passOneMore(host.path('shop'));
        const outcome = await backUp(rootOf(), trigger, { ports: ports() });
        assert.ok(outcome.status === 'created');
        ids.unshift(outcome.backup.id);
      }
    }
    return ids;
  };

  it('has a record with its own path and a vault for each, with all backups', async () => {
    const ids = await backedUpByBoth(2);
    for (const { ports } of both) assert.deepEqual(await runVaultFollowUp(ports()), []);
    assert.deepEqual(
      recordsIn(folder.join('state')).map(({ root, keys }) => [root, keys.length]),
      [[host.path('shop'), 1]],
    );
    assert.deepEqual(
      recordsIn(folder.join('container', 'state')).map(({ root, keys }) => [root, keys.length]),
      [[INSIDE, 1]],
    );
    for (const vault of [host.vault, folder.join('container', 'vault')])
      assert.deepEqual(new Set(copiesIn(vault)), new Set(ids));
  });

  it('is restored from either vault after database and store were deleted, and stays the same project there', async () => {
    const [newest = ''] = await backedUpByBoth(2);
    for (const { ports } of both) assert.deepEqual(await runVaultFollowUp(ports()), []);
    const features = featuresOf(host.path('shop'));
    for (const { state, ports, rootOf } of both) {
      for (const name of ['features.db', '.feature_backups'])
        rmSync(join(host.path('shop'), name), { recursive: true });
      await restore(rootOf(), newest, { ports: ports() });
      assert.equal(featuresOf(host.path('shop')), features, state);
      passOneMore(host.path('shop'));
      await backUp(rootOf(), trigger, { ports: ports() });
      assert.deepEqual(
        recordsIn(folder.join(state)).map(({ keys }) => keys.length),
        [1],
        state,
      );
    }
    const { backups } = await listBackups(host.path('shop'), { ports: hostPorts() });
    assert.ok(backups.some(({ id }) => id === newest));
  });

  it('does not lose copies in one vault because of a deletion by the other', async () => {
    const ids = await backedUpByBoth(2);
    for (const { ports } of both) assert.deepEqual(await runVaultFollowUp(ports()), []);
    const oldest = ids.at(-1) ?? '';
    await deleteBackup(host.path('shop'), oldest, { ports: hostPorts() });
    assert.ok(!copiesIn(host.vault).includes(oldest));
    const { backups } = await listBackups(INSIDE, { ports: containerPorts() });
    assert.equal(backups.find(({ id }) => id === oldest)?.isOnlyInVault, true);
  });

  it('is not taken from the other while that uses it, however long', async () => {
    await backedUpByBoth(1);
    const [first, second] = both;
    for (const [owner, other] of [
      [first, second],
      [second, first],
    ] as const) {
      const ports = owner.ports();
      // It refreshes its lock by this clock.
      const holding = { ...ports, system: { ...systemOf(ports), monotonicMs: () => nowMs } };
      await withStoreLock(join(owner.rootOf(), '.feature_backups'), holding, async (lock) => {
        passOneMore(host.path('shop'));
        for (let minutes = 0; minutes < 30; minutes += 5) {
          nowMs += 5 * 60_000;
          const project = await openProject(other.rootOf(), { ports: other.ports() });
          const attempt = createBackup(project, trigger, other.ports(), { lockTimeoutMs: 100 });
          await assert.rejects(attempt, { code: 'store-busy' });
          lock.assertHeld();
        }
        const [found] = await listLocks(other.rootOf(), { ports: other.ports() });
        assert.equal(found?.owner, 'unknown');
      });
      assert.equal((await backUp(other.rootOf(), trigger, { ports: other.ports() })).status, 'created');
    }
    assert.ok(!existsSync(join(host.path('shop'), '.feature_backups', '.lock')));
  });
});

/** The files as a process in a container sees them: the project at another path, and another system. */
function insideContainer(files: FileSystem, mounted: string, root: string): FileSystem {
  const system: Readonly<Record<string, string>> = {
    '/proc/sys/kernel/random/boot_id': '5c1f8a52-0000-4000-8000-000000000001\n',
    '/etc/machine-id': 'feedfacefeedfacefeedfacefeedface\n',
  };
  const isInside = (path: unknown, place: string): path is string =>
    typeof path === 'string' && (path === place || path.startsWith(`${place}/`));
  const outside = (path: unknown): unknown => (isInside(path, mounted) ? root + path.slice(mounted.length) : path);
  return new Proxy(files, {
    get: (target, name: keyof FileSystem) => {
      const call = target[name] as (...args: unknown[]) => unknown;
      return (...args: unknown[]) => {
        const [path] = args;
        if (name === 'readFileSync' && typeof path === 'string' && path in system) return system[path];
        if (name === 'readlinkSync' && path === '/proc/self/ns/pid') return 'pid:[4026539999]';
        const result = call.apply(nodeFileSystem, args.map(outside));
        return name === 'realpathSync' && isInside(result, root) && isInside(path, mounted)
          ? mounted + result.slice(root.length)
          : result;
      };
    },
  });
}
