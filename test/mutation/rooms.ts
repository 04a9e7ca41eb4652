import { matchesGlob } from './glob.js';

/** The critical parts of the engine. When files move, only this table changes. */
export const ROOMS: Readonly<Record<string, readonly string[]>> = {
  files: ['core/system/{files,locks}/*.ts'],
  system: ['core/system/*.ts', 'core/system/processes/*.ts', 'core/engine/locks.ts'],
  snapshot: ['core/snapshot/*.ts'],
  projects: ['core/projects/*.ts'],
  store: ['core/store/*.ts', 'core/project/storeState.ts'],
  live: ['core/live/*.ts'],
  history: ['core/history/*.ts'],
  vault: ['core/vault/*.ts'],
  retention: ['core/retention/**.ts'],
  backup: ['core/backup/*.ts'],
  restore: ['core/restore/*.ts'],
  verify: ['core/verify/**.ts'],
  replication: ['core/replication/*.ts'],
};

/** The tests that may kill a mutant: those that run most of the engine in their own process. */
export const TESTS: readonly string[] = [
  'test/unit/{backup,database,health,history,live,project,projects,replication,restore,retention}/**.test.ts',
  'test/unit/{snapshot,store,system,vault,verify}/**.test.ts',
  'test/integration/{backup,durability,history,leftovers,live,lostLock,projects,replication,restore}/**.test.ts',
  'test/integration/{retention,snapshot,store,unreadable,vault,verify}/**.test.ts',
  'test/integration/cli/{commands,history,guards,linkedDatabase}.test.ts',
];

/** Excluded: they take minutes, mostly in programs that they start and kill. */
export const SLOW_TESTS: readonly string[] = [
  'test/integration/**/{crash,manyProcesses,hostileStore,year,descriptors,otherUser}.test.ts',
  'test/integration/**/{drillCommand,followUp,followUpStarts,watcher,commits}.test.ts',
];

/** The room of a file; a file belongs to one at most. */
export function roomOf(file: string): string | undefined {
  return Object.keys(ROOMS).find((room) => ROOMS[room]?.some((glob) => matchesGlob(file, glob)));
}
