import nodeFileSystem, { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LockRecord } from '../../core/system/locks/lockRecord.js';
import { ownIdentity } from '../../core/system/processes/processIdentity.js';
import { uniqueToken } from '../../core/system/processes/uniqueToken.js';
import type { FileSystem } from '../../core/system/ports.js';

/** The record of a lock owned by this process, unless `changes` name another owner. */
export function lockRecord(changes: Partial<LockRecord> = {}): LockRecord {
  return {
    ...ownIdentity(nodeFileSystem),
    token: uniqueToken(),
    since: '2026-01-25T14:46:00.000Z',
    ...changes,
  };
}

/** Moves the times at which locks were first seen into the past, as if the observing processes had run earlier. */
export function ageRecordedSightings(stateFolder: string, ms: number): void {
  const folder = join(stateFolder, 'locks');
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const { seenAt, ...rest } = JSON.parse(readFileSync(path, 'utf8')) as { readonly seenAt: string };
    writeFileSync(path, JSON.stringify({ ...rest, seenAt: new Date(Date.parse(seenAt) - ms).toISOString() }));
  }
}

/** Runs `interrupt` right before the given file system change, counted from 1. */
export function interruptedAt(at: number, interrupt: (step: string) => void): FileSystem {
  let changes = 0;
  const count = (step: string): void => {
    changes += 1;
    if (changes === at) interrupt(step);
  };
  return {
    ...nodeFileSystem,
    linkSync: (from, to) => {
      count('linkSync');
      nodeFileSystem.linkSync(from, to);
    },
    renameSync: (from, to) => {
      count('renameSync');
      nodeFileSystem.renameSync(from, to);
    },
    unlinkSync: (path) => {
      count('unlinkSync');
      nodeFileSystem.unlinkSync(path);
    },
  };
}
