export {
  isOrdinary,
  mayBePinned,
  newestFirst,
  nextSequence,
  orderOf,
  type Backup,
  type BackupEvent,
  type BackupKind,
  type BackupMetadata,
  type Catalog,
  type DrillReader,
  type DrillRecord,
  type GitPosition,
  type HistoryPlace,
  type MetadataProblem,
  type SideFile,
  type SideFileSuffix,
  type Trigger,
  type TriggerSource,
  type Verification,
} from './backup.js';
export {
  formatBackupId,
  formatEmergencyId,
  numberedId,
  parseBackupName,
  sanitiseReason,
  type BackupName,
} from './backupName.js';
export { catalogOf, describeBackup, findStoredBackup, newestByName, readStoreNames } from './catalog.js';
export { changeBackup } from './changeBackup.js';
export { deleteBackup, refuseProtected, type DeleteOptions } from './deleteBackup.js';
export { isoWithOffset, parseIsoTime } from './isoTime.js';
export {
  claimDue,
  recordJobResult,
  recordJobResultUnderLock,
  readJobs,
  type JobName,
  type JobRecord,
  type JobRecords,
} from './jobs.js';
export { MAX_METADATA_BYTES, METADATA_FORMAT, formatMetadata } from './metadata.js';
export { metadataFromListing, parseWithin, readMetadata, updateMetadata } from './metadataFile.js';
export { checkStore, openStore, prepareFolderInStore, prepareStore, readCatalog, type OpenStore } from './openStore.js';
export { parseMetadata } from './parseMetadata.js';
export { pin, pinUnderLock, unpin } from './pin.js';
export {
  MAX_IMAGE_BYTES,
  contentProblem,
  damagedBackup,
  readSideFiles,
  readStoredFile,
  sideFileProblems,
  type SideFileContent,
} from './readStoredFile.js';
export { LISTED_BACKUP_BYTES, ReadingBudget, isBudgetExceeded } from './readingBudget.js';
export { eventOf, recordEvent } from './recordEvent.js';
export { removeBackups, removeFilesOf, type Removal } from './removeBackups.js';
export { lastGood, selectBackup } from './selectBackup.js';
export {
  ACKNOWLEDGED_FILE,
  FOLLOW_UP_FOLDER,
  HISTORY_BASE_FILE,
  JOBS_FILE,
  REPLICATION_FOLDER,
  SIDE_FILE_SUFFIXES,
  STORE_IDENTITY_FILE,
  TEMPORARY_PREFIX,
  isTemporaryFile,
  filesOf,
  imagePath,
  metadataPath,
  sideFilePath,
  temporaryPath,
} from './storeFiles.js';
export {
  describeMetadataProblems,
  isMetadataUnknown,
  metadataProblemsOf,
  metadataUnknown,
  warnOfUnknownMetadata,
} from './unknownMetadata.js';
export {
  clearUnstoredFailure,
  recordUnstoredFailure,
  readUnstoredFailure,
  type UnstoredFailure,
} from './unstoredFailure.js';
export { storeWriteProblem } from './storeWritable.js';
