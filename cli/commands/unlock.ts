import { listLocks, openProject, removeLock, type ProjectLock } from '../../core/engine.js';
import { BackupError, countInWords, EXIT, visible } from '../../core/system/index.js';
import { CONSENT_OPTIONS, type Command } from '../command.js';
import { confirm } from '../confirm.js';
import type { Console } from '../console.js';
import { age } from '../printing/words.js';

export const unlockCommand: Command = {
  name: 'unlock',
  summary: 'show the locks of a store, and remove stale ones',
  arguments: '[project]',
  description: 'Show who holds the locks of a store, and remove all but those of running processes after confirmation.',
  options: {
    ...CONSENT_OPTIONS,
    force: { type: 'boolean', description: 'also remove the lock of a running process, which then fails' },
  },
  selectors: { minArguments: 0, maxArguments: 0 },
  examples: [
    ['feature-backups unlock --dry-run', 'who holds a lock, and since when'],
    ['feature-backups unlock', 'remove locks after confirmation'],
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
    if ((await confirm(confirmationFor(chosen, project.storePath), invocation, console)) === 'declined')
      return EXIT.refused;
    const removed = new Set<ProjectLock>();
    for (const lock of chosen) if (await removeLock(project, lock, { ...engine, force })) removed.add(lock);
    printRemoved([...removed], console);
    console.printJson({
      status: 'removed',
      locks: locks.map((lock) => ({ ...lockView(lock), removed: removed.has(lock) })),
    });
    if (running !== undefined) console.note(`${stillRunning(running).message}. Only --force removes this lock.\n`);
    if (removed.size < chosen.length) console.note('Another process is taking over a lock. Try again.\n');
    return removed.size < locks.length ? EXIT.refused : EXIT.done;
  },
};

function confirmationFor(locks: readonly ProjectLock[], path: string) {
  const { held, obstacles } = partsOf(locks);
  const only = held.length === 1 ? held[0] : undefined;
  const steps = [
    ...(held.length === 0
      ? []
      : [`remove ${only === undefined ? countInWords(held.length, 'lock') : `the ${only.name} lock`}`]),
    ...obstacles.map((lock) => `move aside ${obstacleText(lock)}`),
  ];
  const wouldDo = steps.join(' and ');
  const warning = locks.some(({ owner }) => owner === 'running')
    ? ' The running process then fails.'
    : ' If its owner is still running elsewhere, it then fails.';
  const question = `${wouldDo.charAt(0).toUpperCase()}${wouldDo.slice(1)}?${held.length === 0 ? '' : warning}`;
  return { question, wouldDo, path };
}

/** For anything moved aside, a warning of the engine contains the new path. */
function printRemoved(locks: readonly ProjectLock[], { print }: Console): void {
  const { held, obstacles } = partsOf(locks);
  if (held.length > 0 || obstacles.length === 0) print(`Removed ${countInWords(held.length, 'lock')}.\n`);
  for (const lock of obstacles) print(`Moved aside ${obstacleText(lock)}.\n`);
}

function partsOf(locks: readonly ProjectLock[]) {
  return {
    held: locks.filter(({ owner }) => owner !== 'not-a-lock'),
    obstacles: locks.filter(({ owner }) => owner === 'not-a-lock'),
  };
}

function obstacleText({ name, obstacle }: ProjectLock): string {
  return `${obstacle ?? 'something'} in place of the ${name} lock`;
}

function printLocks(locks: readonly ProjectLock[], { print, colours, ports }: Console): void {
  if (locks.length === 0) print('No locks.\n');
  const now = ports.now();
  for (const lock of locks) {
    print(`${colours.bold(lock.name)}: ${holderOf(lock, now)}; ${statusText(lock, now)}\n  ${visible(lock.path)}\n`);
  }
}

function holderOf({ process, obstacle }: ProjectLock, now: Date): string {
  if (obstacle !== undefined) return `not a lock but ${obstacle}`;
  if (process === undefined) return 'an unreadable lock file';
  const { pid, host, since } = process;
  return `process ${String(pid)} on ${visible(host)}, since ${visible(since)} (${age(new Date(since), now)})`;
}

function statusText({ owner, unchangedSince }: ProjectLock, now: Date): string {
  switch (owner) {
    case 'running':
      return 'still running';
    case 'ended':
      return 'no longer running; the next backup takes over the lock';
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
    hint: 'Wait for it to finish, or end it. --force removes the lock, and the process then fails.',
  });
}
