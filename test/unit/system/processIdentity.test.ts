import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import nodeFileSystem, { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { describe, it } from 'mocha';
import { livenessOf, ownIdentity, type ProcessIdentity } from '../../../core/system/processes/processIdentity.js';
import { realSystem, type FileSystem } from '../../../core/system/ports.js';
import { systemError } from '../../support/interferingFiles.js';

const STATUS = `/proc/${process.pid.toString()}/stat`;

/** The real file system, with these system files replaced. */
function withSystemFiles(contents: Readonly<Record<string, string | Error>>): FileSystem {
  const contentAt = (path: unknown): string | undefined => {
    const content = contents[String(path)];
    if (content instanceof Error) throw content;
    return content;
  };
  const readFileSync = ((path: string, encoding: BufferEncoding) =>
    contentAt(path) ?? nodeFileSystem.readFileSync(path, encoding)) as FileSystem['readFileSync'];
  const readlinkSync = ((path: string) =>
    contentAt(path) ?? nodeFileSystem.readlinkSync(path)) as FileSystem['readlinkSync'];
  return { ...nodeFileSystem, readFileSync, readlinkSync };
}

describe('the identity of this process', () => {
  before(function () {
    if (process.platform !== 'linux') this.skip();
  });

  it('is read from Linux', () => {
    const status = readFileSync('/proc/self/stat', 'latin1');
    assert.deepEqual(ownIdentity({ ...nodeFileSystem }), {
      pid: process.pid,
      startTime: status.slice(status.lastIndexOf(')') + 2).split(' ')[19],
      bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim(),
      pidNamespace: readlinkSync('/proc/self/ns/pid'),
      host: hostname(),
      machine: machineId(),
    });
  });

  it('has nulls for values that a system hides or lacks', () => {
    for (const code of ['ENOENT', 'EACCES', 'ENOTDIR']) {
      const error = systemError(code);
      const files = withSystemFiles({
        '/proc/self/stat': error,
        '/proc/sys/kernel/random/boot_id': error,
        '/proc/self/ns/pid': error,
        '/etc/machine-id': error,
      });
      const { pid, host, ...unknown } = ownIdentity(files);
      assert.deepEqual([pid, host], [process.pid, hostname()]);
      assert.deepEqual(unknown, { startTime: null, bootId: null, pidNamespace: null, machine: null });
    }
    assert.equal(ownIdentity(withSystemFiles({ '/proc/self/stat': '1 (cut off) S' })).startTime, null);
  });

  it('is an error while the process has no descriptors or memory left', () => {
    for (const code of ['EMFILE', 'ENFILE', 'ENOMEM']) {
      for (const path of [
        '/proc/self/stat',
        '/proc/sys/kernel/random/boot_id',
        '/proc/self/ns/pid',
        '/etc/machine-id',
      ]) {
        assert.throws(() => ownIdentity(withSystemFiles({ [path]: systemError(code) })), { code }, path);
      }
    }
  });

  it('is read once, except for the host name, which can change', () => {
    const files = withSystemFiles({});
    const first = ownIdentity(files, { ...realSystem, hostname: () => 'before' });
    files.readFileSync = () => assert.fail('read again');
    const second = ownIdentity(files, { ...realSystem, hostname: () => 'after' });
    assert.deepEqual([first.host, second], ['before', { ...first, host: 'after' }]);
  });
});

describe('another process', () => {
  const own: ProcessIdentity = {
    pid: 1,
    startTime: '100',
    bootId: 'boot',
    pidNamespace: 'pid:[1]',
    host: 'here',
    machine: 'machine',
  };
  const other = { ...own, pid: 4242, startTime: '777' };
  const status = (text: string | Error) => withSystemFiles({ '/proc/4242/stat': text });
  const running = status(`4242 (sleep) S ${statusFields('777')}`);
  const livenessWith = (changes: Partial<ProcessIdentity>, files = running, isRunning = true) =>
    livenessOf({ ...other, ...changes }, own, files, { ...realSystem, isRunning: () => isRunning });

  it('is alive while a process with its pid and start time is running', () => {
    assert.equal(livenessWith({}), 'alive');
    assert.equal(livenessWith({ startTime: '778' }), 'dead');
    assert.equal(livenessWith({}, running, false), 'dead');
  });

  it('is recognized whatever the name of its program', () => {
    assert.equal(livenessWith({}, status(`4242 (a) S 1 2) R ${statusFields('777')}`)), 'alive');
  });

  it('is dead once it has ended, even as a zombie', () => {
    for (const state of ['Z', 'X'])
      assert.equal(livenessWith({}, status(`4242 (x) ${state} ${statusFields('777')}`)), 'dead');
    for (const state of ['R', 'S', 'D', 'T']) {
      assert.equal(livenessWith({}, status(`4242 (x) ${state} ${statusFields('777')}`)), 'alive');
    }
  });

  it('is unknown on another machine or in another container', () => {
    for (const isRunning of [true, false]) {
      assert.equal(livenessWith({ host: 'there' }, running, isRunning), 'unknown');
      assert.equal(livenessWith({ machine: 'twin' }, running, isRunning), 'unknown');
      assert.equal(livenessWith({ machine: null }, running, isRunning), 'unknown');
      assert.equal(livenessWith({ pidNamespace: 'pid:[2]' }, running, isRunning), 'unknown');
    }
    assert.equal(livenessWith({ host: 'there', bootId: 'other' }), 'unknown');
  });

  it('is dead if the system was rebooted since, in any container', () => {
    assert.equal(livenessWith({ bootId: 'before' }), 'dead');
    assert.equal(livenessWith({ bootId: 'before', pidNamespace: 'pid:[2]' }), 'dead');
    assert.equal(livenessWith({ bootId: null }), 'alive');
    const unknownBoot = livenessOf(other, { ...own, bootId: null }, running, { ...realSystem, isRunning: () => true });
    assert.equal(unknownBoot, 'alive');
  });

  it('is unknown if its start time is unknown or hidden', () => {
    assert.equal(livenessWith({ startTime: null }), 'unknown');
    assert.equal(livenessWith({ startTime: null }, running, false), 'dead');
    assert.equal(livenessWith({}, status(systemError('EACCES'))), 'unknown');
    assert.equal(livenessWith({}, status('4242 (x) S 1')), 'unknown');
  });

  it('is an error, not hidden, while this process has no descriptors left', () => {
    assert.throws(() => livenessWith({}, status(systemError('EMFILE'))), { code: 'EMFILE' });
  });

  it('is checked with the real system by default', async function () {
    if (process.platform !== 'linux') this.skip();
    const self = ownIdentity(nodeFileSystem);
    assert.equal(livenessOf(self, self, nodeFileSystem), 'alive');
    assert.equal(livenessOf(self, self, withSystemFiles({ [STATUS]: systemError('ENOENT') })), 'unknown');
    const child = spawn('true');
    await once(child, 'exit');
    assert.equal(livenessOf({ ...self, pid: child.pid ?? 0 }, self, nodeFileSystem), 'dead');
  });
});

/** Fields 4 and on of proc(5)'s stat; the 22nd is the start time. */
function statusFields(startTime: string): string {
  return [...Array.from({ length: 18 }, (_, index) => index.toString()), startTime, '9', '9'].join(' ');
}

function machineId(): string | null {
  try {
    return readFileSync('/etc/machine-id', 'latin1').trim();
  } catch {
    return null;
  }
}
