import { matchesGlob } from './glob.js';

/** The critical parts of the engine, by the domain's nouns. When files move, only this table changes. */
export const ROOMS: Readonly<Record<string, readonly string[]>> = {
  files: ['core/files/*.ts', 'core/engine/locks.ts'],
  snapshot: ['core/snapshot/*.ts'],
  backup: [
    'core/backups/{createBackup,saveEmergency,lookAtLive,liveCondition,draftMetadata,backupFailure,jobs}.ts',
    'core/backups/{acknowledge,acknowledgement,readingBudget,recordEvent}.ts',
  ],
  store: [
    'core/backups/{publishBackup,prepareStore,openStore,staging,sweep,storeFiles,catalog,projectSummary}.ts',
    'core/backups/{deleteBackup,removeBackups,changeBackup,pin,backupName,backupOrder,isoTime}.ts',
    'core/backups/{metadata,metadataFile,metadataMemory,parseMetadata,unknownMetadata,countValues}.ts',
    'core/backups/{readBackupImage,readSide,readSideFiles,readStoredFile,selectBackup,selectState}.ts',
    'core/backups/compression/*.ts',
    'core/project/storeState.ts',
  ],
  retention: ['core/backups/{retention,retireBackups,cleanUp}.ts'],
  history: ['core/backups/history/*.ts'],
  restore: ['core/backups/restore/*.ts'],
  verify: ['core/backups/{verifyBackup,verifyBackups,lastProven}.ts', 'core/backups/drill/*.ts'],
  quarantine: ['core/backups/quarantine/*.ts'],
  replication: ['core/backups/replication/*.ts'],
};

/** The tests that may kill a mutant: those that run the engine in their own process, or nearly so. */
export const TESTS: readonly string[] = [
  'test/unit/{backups,database,drill,files,health,project,replication,restore,snapshot}/**.test.ts',
  'test/integration/{acknowledge,backups,compression,drill,durability,history,leftovers}/**.test.ts',
  'test/integration/{lostLock,quarantine,replication,restore,snapshot,unreadable}/**.test.ts',
];

/** Left out of these: they take minutes, mostly in programs that they start and kill. */
export const SLOW_TESTS: readonly string[] = [
  'test/integration/**/{crash,manyProcesses,hostileStore,year,descriptors,otherUser}.test.ts',
  'test/integration/**/{drillCommand,followUp*,watcher,commits}.test.ts',
];

/** The room of a file; a file belongs to one at most. */
export function roomOf(file: string): string | undefined {
  return Object.keys(ROOMS).find((room) => ROOMS[room]?.some((glob) => matchesGlob(file, glob)));
}
