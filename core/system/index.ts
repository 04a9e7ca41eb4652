export { countInWords, groupedDigits, sizeInWords } from './amounts.js';
export {
  BackupError,
  DAMAGE_CODES,
  asBackupError,
  isNotFound,
  systemErrorCode,
  type BackupErrorCode,
  type BackupErrorDetails,
} from './errors.js';
export { EXIT, exitCodeOf, worstExit, worstExitFirst, type ExitCode } from './exitCodes.js';
export {
  NO_HARD_LINK_CODES,
  PRIVATE_MODE,
  publishFile,
  removeQuietly,
  replaceFile,
  syncFolder,
  syncFolderAndParents,
  syncParentFolder,
  writeAll,
  writeNewFile,
  writeNewFileInBackground,
} from './files/atomicWrite.js';
export { copyLiveFile, type CopyResult } from './files/copyLiveFile.js';
export { explainDenied } from './files/explainDenied.js';
export { kindAt, kindOf } from './files/fileKind.js';
export { isWithin, MAX_CONFIGURATION_BYTES, readFileWithin, unsafeConfigurationFile } from './files/readFileWithin.js';
export { readFolder } from './files/readFolder.js';
export {
  OPEN_FOR_READING,
  readPlainFile,
  readSmallFile,
  refusalReason,
  type PlainFileResult,
} from './files/readSmallFile.js';
export { outputUpTo } from './files/outputUpTo.js';
export { readFully, readWhole } from './files/readWhole.js';
export { replacePrivate, replaceShared } from './files/replaceShared.js';
export { sweepScratchFolders, withScratchFolder } from './files/scratchFolder.js';
export { newSha256, sha256Of } from './files/sha256.js';
export { escapeHtml } from './htmlText.js';
export { isRecord, parseJson, asRecord, stringsIn } from './json.js';
export { findLock, type FoundLock } from './locks/lockRecord.js';
export {
  LOCK_NAME,
  breakLock,
  withStoreLock,
  type LockTimeout,
  type StoreLock,
  type StoreLockOptions,
} from './locks/storeLock.js';
export { releaseLockOfEndedThread } from './locks/endedThread.js';
export { isLockFile, sweepLockFiles } from './locks/sweepLock.js';
export { realPorts, realSystem, systemOf, type FileSystem, type Ports, type System } from './ports.js';
export {
  environmentVariable,
  findCommandFile,
  findProgram,
  findPrograms,
  findSystemProgram,
} from './processes/findProgram.js';
export { stableNode } from './processes/stableNode.js';
export { readLockTable } from './processes/lockTable.js';
export { monotonicMs } from './processes/monotonicMs.js';
export {
  livenessOf,
  ownIdentity,
  parseProcessIdentity,
  processStatus,
  type ProcessIdentity,
} from './processes/processIdentity.js';
export { gitOutput, runGit } from './processes/runGit.js';
export {
  runProgram,
  runProgramSync,
  startDetached,
  type ProgramResult,
  type ProgramRun,
} from './processes/runProgram.js';
export { readInputLine } from './processes/standardInput.js';
export { isToken, randomHex, uniqueToken } from './processes/uniqueToken.js';
export { folderVariables, userConfigurationFolder, userHome, userStateFolder, userVaultFolder } from './userFolders.js';
export { visible, visibleLines } from './visibleText.js';
export { withoutCommands } from './withoutCommands.js';
