import assert from 'node:assert/strict';
import nodeFileSystem, { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'mocha';
import { backupCommand } from '../../../cli/commands/backup.js';
import { openConsole } from '../../../cli/console.js';
import { parseInvocation } from '../../../cli/parseInvocation.js';
import type { FileSystem } from '../../../core/system/ports.js';
import { copyFixture } from '../../support/fixtureProject.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const DOCUMENT = 'docs/architecture.md';
const MAX_FILES = 14;
const MAX_LEVELS = 6;
/** Rooms of which the flow includes only the first function: their algorithms are documented on other pages. */
const FIRST_FUNCTION_ONLY = /^core\/(?:project|snapshot|database)\//;
/** Run before the backup begins, or after it is complete. */
const BESIDE_BACKUP = [
  'core/live/cleanUpRestore.ts',
  'core/followUp/startFollowUp.ts',
  'core/projects/projectRecord.ts',
  'core/store/unstoredFailure.ts',
  'core/vault/keepInVault.ts',
];

describe('a backup, from the command to the file', () => {
  const folder = useTemporaryFolder();

  it('passes through the files that the document lists, at most 14', async () => {
    const stacks = await stacksOfBackup(copyFixture('2-after-200-passing', folder.path));
    const passed = new Set(stacks.flatMap(({ files }) => flowOf(files)));
    const listed = listedFiles();
    assert.ok(listed.length <= MAX_FILES, `${listed.length} files`);
    // SQLite reads the image in memory, without file system calls.
    assert.deepEqual([...passed].sort(), listed.filter((file) => !file.startsWith('core/database/')).sort());
  });

  it('is at most six files deep at every write', async () => {
    const stacks = await stacksOfBackup(copyFixture('2-after-200-passing', folder.path));
    const writes = stacks.filter(({ call }) => WRITES.has(call)).map(({ files }) => files);
    assert.ok(writes.some((files) => files.at(-1) === 'core/system/files/atomicWrite.ts'));
    assert.deepEqual(
      writes.filter((files) => files.length > MAX_LEVELS),
      [],
    );
  });
});

interface FileCall {
  readonly call: string;
  /** The files on the call stack from the command down, without duplicates. */
  readonly files: readonly string[];
}

const WRITES: ReadonlySet<string> = new Set(['writeSync', 'fsyncSync', 'fsync', 'linkSync', 'renameSync', 'mkdirSync']);

/** Every file system call during the first backup of a project. */
async function stacksOfBackup(project: string): Promise<readonly FileCall[]> {
  const calls: FileCall[] = [];
  const files = recording((call) => calls.push({ call, files: sourceFilesOn(new Error().stack ?? '') }));
  const terminal = await openConsole(true);
  const ports = { ...terminal.ports, files, environment: { HOME: project } };
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = Infinity;
  try {
    const console = { ...terminal, ports, cwd: project, printJson: () => undefined };
    await backupCommand.run(parseInvocation(backupCommand, [project], project), console);
  } finally {
    Error.stackTraceLimit = before;
  }
  assert.ok(calls.length > 20, 'calls are recorded');
  return calls.filter(({ files: passed }) => !BESIDE_BACKUP.some((file) => passed.includes(file)));
}

function recording(note: (call: string) => void): FileSystem {
  return new Proxy<FileSystem>(nodeFileSystem, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...values: readonly unknown[]): unknown => {
        note(String(name));
        return Reflect.apply(value, target, values);
      };
    },
  });
}

function sourceFilesOn(stack: string): readonly string[] {
  const files = [...stack.matchAll(/(?:file:\/\/)?(\/[^():?]+\.ts)/g)].map(([, path = '']) => relative(root, path));
  return [...new Set(files.filter((file) => /^(?:cli|core)\//.test(file)).reverse())];
}

/** The files of a stack that belong to the flow: not the internals of other rooms, nor reads by core/system. */
function flowOf(files: readonly string[]): readonly string[] {
  const end = files.findIndex((file) => FIRST_FUNCTION_ONLY.test(file));
  const followed = end === -1 ? files : files.slice(0, end + 1);
  return followed.filter((file) => !file.startsWith('core/system/') || /(?:storeLock|atomicWrite)\.ts$/.test(file));
}

function listedFiles(): readonly string[] {
  const text = readFileSync(join(root, DOCUMENT), 'utf8');
  const [, section = ''] = /^## From the command to the file\n([^]*?)^## /m.exec(text) ?? [];
  return [...section.matchAll(/^\| \d+ +\| `([^`]+)`/gm)].map(([, file = '']) => file);
}
