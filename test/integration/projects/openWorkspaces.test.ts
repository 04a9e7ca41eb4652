import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  type statSync,
} from 'node:fs';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { ownIdentity } from '../../../core/system/processes/processIdentity.js';
import { realPorts, type Ports } from '../../../core/system/ports.js';
import { recordOpenWorkspaces, readOpenWorkspaces } from '../../../core/projects/openWorkspaces.js';
import { portsThatRefuse } from '../../support/failingReads.js';
import { systemError } from '../../support/interferingFiles.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const MODULE = pathToFileURL(join(import.meta.dirname, '../../../core/projects/openWorkspaces.ts')).href;
const PORTS = pathToFileURL(join(import.meta.dirname, '../../../core/system/ports.ts')).href;

describe('the open workspaces', () => {
  const folder = useTemporaryFolder();
  const running: ChildProcess[] = [];
  afterEach(() => running.splice(0).forEach((child) => child.kill('SIGKILL')));

  const ports = (): Ports => ({ ...realPorts(), environment: { FEATURE_BACKUPS_STATE: folder.join('state') } });
  const records = (): string[] => readdirSync(folder.join('state', 'workspaces'));
  const write = (name: string, content: string): string => {
    mkdirSync(folder.join('state', 'workspaces'), { recursive: true });
    writeFileSync(folder.join('state', 'workspaces', name), content);
    return folder.join('state', 'workspaces', name);
  };

  /** Another running process with a recorded folder. */
  async function editor(open: string): Promise<ChildProcess> {
    const code = `
      const { recordOpenWorkspaces } = await import(${JSON.stringify(MODULE)});
      const { realPorts } = await import(${JSON.stringify(PORTS)});
      recordOpenWorkspaces([${JSON.stringify(open)}], realPorts());
      console.log('noted');
      setInterval(() => undefined, 1000);`;
    const child = spawn(process.execPath, ['--import', 'tsx/esm', '--input-type=module', '-e', code], {
      env: { PATH: process.env.PATH, FEATURE_BACKUPS_STATE: folder.join('state') },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    running.push(child);
    await once(child.stdout, 'data');
    return child;
  }

  it('are empty without records', () => {
    assert.deepEqual(readOpenWorkspaces(ports()), []);
  });

  it('are those of every editor, each once, until it closes them', async () => {
    recordOpenWorkspaces(['/a', '/b'], ports());
    await editor('/b');
    await editor('/c');
    assert.deepEqual([...readOpenWorkspaces(ports())].sort(), ['/a', '/b', '/c']);
    recordOpenWorkspaces(['/d'], ports());
    assert.deepEqual([...readOpenWorkspaces(ports())].sort(), ['/b', '/c', '/d']);
    assert.equal(records().length, 3, 'one record for each process');
    recordOpenWorkspaces([], ports());
    assert.deepEqual([...readOpenWorkspaces(ports())].sort(), ['/b', '/c']);
    assert.equal(records().length, 2);
  });

  it('of a killed editor are ignored, and its record is removed by the next editor', async () => {
    const child = await editor('/killed');
    assert.deepEqual(readOpenWorkspaces(ports()), ['/killed']);
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.deepEqual(readOpenWorkspaces(ports()), []);
    assert.equal(records().length, 1, 'reading changes nothing');
    recordOpenWorkspaces([], ports());
    assert.deepEqual(records(), []);
  });

  it('of a reused process id are ignored', () => {
    const own = ownIdentity(ports().files);
    write('1-a-b.json', JSON.stringify({ ...own, startTime: '1', folders: ['/recycled'] }));
    assert.deepEqual(readOpenWorkspaces(ports()), own.startTime === null ? ['/recycled'] : []);
  });

  it('of an editor in another container count, because it may be running', () => {
    const own = ownIdentity(ports().files);
    write(
      '1-a-b.json',
      JSON.stringify({ ...own, pid: 1, pidNamespace: 'pid:[1]', host: 'elsewhere', folders: ['/far'] }),
    );
    assert.deepEqual(readOpenWorkspaces(ports()), ['/far']);
    recordOpenWorkspaces(['/here'], ports());
    assert.equal(records().length, 2);
  });

  it('come from valid records only; other files are ignored and removed, and links not followed', () => {
    const own = ownIdentity(ports().files);
    write('1-bad-a.json', '{');
    write('1-bad-b.json', JSON.stringify({ ...own, pid: -1, folders: ['/group'] }));
    write('1-bad-c.json', JSON.stringify({ ...own, folders: 'no list' }));
    write('1-ok-d.json', JSON.stringify({ ...own, host: 'x', folders: ['relative', 7, '/nul\0', '/right'] }));
    const outside = folder.join('outside.json');
    writeFileSync(outside, JSON.stringify({ ...own, folders: ['/linked'] }));
    symlinkSync(outside, folder.join('state', 'workspaces', '1-link-e.json'));
    write('note.txt', 'somebody’s own');
    assert.deepEqual(readOpenWorkspaces(ports()), ['/right']);
    recordOpenWorkspaces([], ports());
    assert.deepEqual(records().sort(), ['1-link-e.json', '1-ok-d.json', 'note.txt']);
    assert.ok(readFileSync(outside, 'utf8').includes('linked'));
  });

  it('come only from files with the name of a record, and from at most 500', () => {
    const own = ownIdentity(ports().files);
    const record = (folder: string): string => JSON.stringify({ ...own, folders: [folder] });
    for (const name of ['a b.json', '.tmp-1.json', '1.json.bak', `${'a'.repeat(61)}.json`, '1-json', '.json'])
      write(name, record('/never'));
    write('1_A-b.json', record('/right'));
    assert.deepEqual(readOpenWorkspaces(ports()), ['/right']);
    for (let number = 0; number < 500; number += 1) write(`${String(number)}.json`, record(`/${String(number)}`));
    assert.equal(readOpenWorkspaces(ports()).length, 500);
  });

  it('are not taken for none if they cannot be read, and an unreadable record is not removed', () => {
    const own = ownIdentity(ports().files);
    const path = write('1-a-b.json', JSON.stringify({ ...own, folders: ['/a'] }));
    const { files } = portsThatRefuse('EIO', (call) => call.path === path);
    const unread: string[] = [];
    assert.deepEqual(
      readOpenWorkspaces({ ...ports(), files }, (warning) => unread.push(warning)),
      [],
    );
    assert.equal(unread.length, 1);
    recordOpenWorkspaces(['/b'], { ...ports(), files });
    assert.deepEqual([...readOpenWorkspaces(ports())].sort(), ['/a', '/b']);
    const readdirSync = (): never => {
      throw systemError('EACCES');
    };
    const unreadable = {
      ...ports(),
      files: { ...ports().files, readdirSync: readdirSync as unknown as typeof files.readdirSync },
    };
    assert.throws(() => readOpenWorkspaces(unreadable), {
      code: 'permission-denied',
      operation: 'read the open workspaces',
    });
  });

  it('leave half-written records for a minute, even if another process removes them meanwhile', () => {
    const half = write('.tmp-half', '{');
    utimesSync(half, 1000, 1000);
    const at = (ms: number, more: Partial<Ports> = {}): Ports => ({ ...ports(), now: () => new Date(ms), ...more });
    recordOpenWorkspaces([], at(1_060_000));
    assert.ok(existsSync(half));
    const lstatSync = ((...args: Parameters<typeof statSync>) => {
      if (args[0] === half) rmSync(half, { force: true });
      return ports().files.lstatSync(...args);
    }) as Ports['files']['lstatSync'];
    assert.doesNotThrow(() => {
      recordOpenWorkspaces([], at(1_060_001, { files: { ...ports().files, lstatSync } }));
    });
    utimesSync(write('.tmp-half', '{'), 1000, 1000);
    recordOpenWorkspaces([], at(1_060_001));
    assert.equal(existsSync(half), false);
  });

  it('leave half-written records only for a short time', () => {
    const old = write('.tmp-old', '{');
    utimesSync(old, new Date(0), new Date(0));
    const recent = write('.tmp-recent', '{');
    recordOpenWorkspaces(['/a'], ports());
    assert.deepEqual([existsSync(old), existsSync(recent)], [false, true]);
  });

  it('are recorded in a private folder', () => {
    recordOpenWorkspaces(['/a'], ports());
    assert.equal(ports().files.statSync(folder.join('state', 'workspaces')).mode & 0o777, 0o700);
  });

  it('cannot be recorded if the state folder is a file, which is an error', () => {
    writeFileSync(folder.join('state'), 'in the way');
    assert.deepEqual(readOpenWorkspaces(ports()), []);
    assert.throws(() => recordOpenWorkspaces(['/a'], ports()), { name: 'BackupError' });
  });
});
