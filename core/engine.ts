/**
 * The engine: everything that Feature Backups can do with a project, as plain functions for the command line, the tap,
 * the hooks, the extension and other programs:
 *
 *     import { backUp, listBackups } from 'feature-backups';
 *     const outcome = await backUp('/path/to/project', { source: 'cli', reason: 'before_my_script' });
 *
 * A project is a folder, a database file, or the result of `openProject`; undefined means PROJECT_DIR, else the nearest
 * folder at or above the working directory. A backup is selected by its id, an unambiguous prefix of it, its path,
 * `latest` or `last-good`. Failures are thrown as a `BackupError` with a literal `code`; ordinary outcomes are returned.
 */
export {
  backUp,
  deleteBackup,
  findBackup,
  listBackups,
  openProject,
  pin,
  unpin,
  type ChangeOptions,
  type EngineOptions,
  type ProjectReference,
} from './engine/backups.js';
export * from './engine/guards.js';
export * from './engine/history.js';
export * from './engine/locks.js';
export * from './engine/projects.js';
export * from './engine/restores.js';
export * from './engine/setup.js';
export { BackupError } from './system/index.js';

// The types of these functions.
export type { BackupErrorCode, BackupErrorDetails, FileSystem, Ports } from './system/index.js';
export type {
  AddressPolicy,
  CompressionPolicy,
  Configuration,
  ConfigurationLayer,
  DatabaseHolder,
  EmailPolicy,
  HistoryPolicy,
  LinkedDatabase,
  NotificationPolicy,
  Project,
  ReplicationTarget,
  RetentionPolicy,
  SchedulePolicy,
} from './project/index.js';
export type {
  CheckKind,
  CheckResult,
  Feature,
  FeatureChange,
  FeatureComparison,
  FeatureCounts,
  FeatureRow,
  FeatureTableShape,
  FieldChange,
  Inspection,
  RawValue,
  RegisteredProject,
  SalvageMethod,
  SalvageResult,
  SalvagedFeature,
} from './database/index.js';
export type {
  KnownProject,
  KnownProjectStatus,
  ListedProjects,
  ProjectRecord,
  ProjectOrigin,
  RecordedBackup,
} from './projects/index.js';
export type {
  Backup,
  BackupEvent,
  BackupKind,
  BackupMetadata,
  Catalog,
  DeleteOptions,
  DrillReader,
  DrillRecord,
  GitPosition,
  HistoryPlace,
  MetadataProblem,
  SideFile,
  SideFileSuffix,
  Trigger,
  TriggerSource,
  Verification,
} from './store/index.js';
export type { Acknowledgement, LiveCondition, LiveObservation } from './live/index.js';
export type { History, HistorySummary, HistoryVerification } from './history/index.js';
export type {
  AcknowledgeOptions,
  AcknowledgeOutcome,
  CleanUpOutcome,
  CleanUpPlan,
  KeepReason,
  RetentionPlan,
  Shrinkage,
} from './retention/index.js';
export type { CopyCount, LostProject, VaultProject } from './replication/index.js';
export type { BackUpOutcome, StartOverOptions, StartOverOutcome, StartOverPlan } from './backup/index.js';
export type {
  LiveDatabaseCondition,
  RestoreBlocker,
  RestoreOptions,
  RestoreOutcome,
  RestorePlan,
  RestoreMethod,
  SalvagePlan,
} from './restore/index.js';
export type {
  DrillChoice,
  DrillOptions,
  DrillOutcome,
  DrilledBackup,
  PassedDrill,
  QuarantinedBackup,
  VerifyOptions,
  VerifyOutcome,
} from './verify/index.js';
export type { BackedUpCommit, BackupOfCommit, Commit } from './git/index.js';
export type { JobRun } from './schedule/index.js';
export type {
  KnownHealth,
  ProjectHealth,
  ProjectSummary,
  Severity,
  TargetState,
  HealthProblem,
  HealthProblemCode,
} from './health/index.js';
export type { DoctorCheck, DoctorLink, DoctorNode, DoctorReport } from './doctor/index.js';
export type {
  RemainingData,
  RemovalPlan,
  SetupKind,
  SetupPart,
  SetupPlan,
  SetupPrograms,
  UnplannedPart,
} from './setup/index.js';
