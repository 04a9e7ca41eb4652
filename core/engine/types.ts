// The types that the library's functions take and return, each from the room that it belongs to.
export type { BackupErrorCode, BackupErrorDetails, FileSystem, Ports } from '../system/index.js';
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
} from '../project/index.js';
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
  Salvaged,
  SalvagedFeature,
} from '../database/index.js';
export type { KnownProject, KnownProjectStatus, ListedProjects, ProjectOrigin } from '../projects/index.js';
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
} from '../store/index.js';
export type { Acknowledgement, LiveCondition, LiveObservation } from '../live/index.js';
export type { History, HistorySummary, HistoryVerification } from '../history/index.js';
export type {
  AcknowledgeOptions,
  AcknowledgeOutcome,
  CleanUpOutcome,
  CleanUpPlan,
  KeepReason,
  RetentionPlan,
  Shrinkage,
} from '../retention/index.js';
export type { BackUpOutcome } from '../backup/index.js';
export type {
  PresentCondition,
  RestoreBlock,
  RestoreOptions,
  RestoreOutcome,
  RestorePlan,
  RestoreWay,
  SalvagePlan,
} from '../restore/index.js';
export type {
  DrillChoice,
  DrillOptions,
  DrillOutcome,
  DrilledBackup,
  ProvenBackup,
  QuarantinedBackup,
  VerifyOptions,
  VerifyOutcome,
} from '../verify/index.js';
export type { BackedUpCommit, BackupOfCommit, Commit } from '../git/index.js';
export type { JobRun } from '../schedule/index.js';
export type {
  KnownHealth,
  ProjectHealth,
  ProjectSummary,
  Severity,
  TargetState,
  Trouble,
  TroubleCode,
} from '../health/index.js';
