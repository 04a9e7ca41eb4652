import { listLocks, openProject, removeLock, type ProjectLock } from '../../core/engine.js';
import { BackupError, EXIT, visible } from '../../core/system/index.js';
import { CONSENT_OPTIONS, type Command } from '../command.js';
import { consentTo } from '../consent.js';
import type { Console } from '../console.js';
import { age, count } from '../printing/words.js';

export const unlockCommand: Command = {
  name: 'unlock',
  summary: 'show who holds the locks of a store, and remove them after a confirmation',
  arguments: '[project]',
  description:
    'Locks of processes that have ended are taken over automatically, and those of owners that cannot be checked after\n' +
    'ten minutes without a change. This is for when you know better and do not want to wait. The lock of a process that\n' +
    'is running on this machine is only removed with --force: whatever that process is doing then fails.',
  options: {
    ...CONSENT_OPTIONS,
    force: { type: 'boolean', description: 'also remove the lock of a running process, whose work then fails' },
  },
  selectors: { least: 0, most: 0 },
  examples: [
    ['feature-backups unlock --dry-run', 'who holds a lock, and since when'],
    ['feature-backups unlock', 'remove what is in the way, after a question'],
  ],
  async run(invocation, console) {
    const { options } = invocation;
    const engine = { ports: console.ports, cwd: console.cwd };
    const project = await openProject(invocation.project, engine);
    const locks = await listLocks(project, engine);
    printLocks(locks, console);
    if (locks.length === 0 || options.has('dry-run')) {
      console.printJson({ status: locks.length === 0 ? 'no-locks' : 'planned', locks: locks.map(lockView) });
      return EXIT.done;
    }
    const force = options.has('force');
    const chosen = locks.filter(({ owner }) => force || owner !== 'running');
    const [running] = locks.filter((lock) => !chosen.includes(lock));
    if (chosen.length === 0 && running !== undefined) throw stillRunning(running);
    if ((await consentTo(actOn(chosen, project.storePath), invocation, console)) === 'declined') return EXIT.refused;
    const removed = new Set<ProjectLock>();
    for (const lock of chosen) if (await removeLock(project, lock, { ...engine, force })) removed.add(lock);
    console.print(`Removed ${count(removed.size, 'lock')}.\n`);
    console.printJson({
      status: 'removed',
      locks: locks.map((lock) => ({ ...lockView(lock), removed: removed.has(lock) })),
    });
    if (running !== undefined) console.note(`${stillRunning(running).message}. Only --force removes that lock.\n`);
    if (removed.size < chosen.length) console.note('Another process is taking over a lock right now. Try again.\n');
    return removed.size < locks.length ? EXIT.refused : EXIT.done;
  },
};

function actOn(locks: readonly ProjectLock[], path: string) {
  const what = locks.length === 1 ? `the lock of ${locks[0]?.name ?? ''}` : count(locks.length, 'lock');
  const warning = locks.some(({ owner }) => owner === 'running')
    ? 'The running process then fails.'
    : 'If its owner is still at work elsewhere, that work fails.';
  return { question: `Remove ${what}? ${warning}`, wouldDo: `remove ${what}`, path };
}

function printLocks(locks: readonly ProjectLock[], { print, colours, ports }: Console): void {
  if (locks.length === 0) print('No locks.\n');
  const now = ports.now();
  for (const lock of locks) {
    print(`${colours.bold(lock.name)}: ${holderOf(lock, now)}; ${prospectOf(lock, now)}\n  ${visible(lock.path)}\n`);
  }
}

function holderOf({ process, obstacle }: ProjectLock, now: Date): string {
  if (obstacle !== undefined) return `not a lock but ${obstacle}`;
  if (process === undefined) return 'a lock file that cannot be read';
  const { pid, host, since } = process;
  return `process ${String(pid)} on ${visible(host)}, since ${visible(since)} (${age(new Date(since), now)})`;
}

function prospectOf({ owner, unchangedSince }: ProjectLock, now: Date): string {
  switch (owner) {
    case 'running':
      return 'still running';
    case 'ended':
      return 'has ended, so the next backup takes the lock over';
    case 'not-a-lock':
      return 'the next backup moves it aside';
    case 'unknown':
      return unchangedSince === undefined
        ? 'cannot be checked from here'
        : `cannot be checked from here; unchanged since it was first seen ${age(unchangedSince, now)}`;
  }
}

function lockView({ name, path, owner, process, obstacle, unchangedSince }: ProjectLock) {
  return {
    name,
    path,
    owner,
    pid: process?.pid ?? null,
    host: process?.host ?? null,
    since: process?.since ?? null,
    obstacle: obstacle ?? null,
    unchangedSince: unchangedSince?.toISOString() ?? null,
  };
}

function stillRunning({ process, path }: ProjectLock): BackupError {
  return new BackupError(`Process ${String(process?.pid)} is running and holds the lock`, {
    code: 'confirmation-needed',
    operation: 'remove the lock',
    path,
    hint: 'Wait until it is done, or end it: the lock is then free. --force removes the lock, and its work fails.',
  });
}
