import type { Backup, Trigger } from '../../core/store/index.js';
import type { CleanUpOutcome, RetentionPlan, AcknowledgeOutcome, Shrinkage } from '../../core/retention/index.js';
import type { TargetState, HealthProblem, HealthProblemCode } from '../../core/health/index.js';
import type { HistorySummary } from '../../core/history/index.js';
import type { LiveObservation } from '../../core/live/index.js';
import type { BackUpOutcome, StartOverOutcome, StartOverPlan } from '../../core/backup/index.js';
import type { VerifyOutcome } from '../../core/verify/index.js';
import type { Connection } from '../../core/agents/index.js';
import type { RestoreOutcome, RestorePlan } from '../../core/restore/index.js';
import type { Feature, FeatureComparison, FeatureCounts } from '../../core/database/index.js';
import type { BackupErrorCode } from '../../core/system/index.js';
import type { KnownProject, SeenDatabase } from '../../core/projects/index.js';
import type { ScheduledJob } from '../../core/schedule/index.js';

/** The set-ups that make backups: git hooks, Claude Code's hooks, or a tap in front of an MCP server. */
export type SetUpKind = 'git' | 'claude' | 'mcp';

/** The changes that a set-up would make. */
export interface SetUpPreview {
  /** No changes are needed. */
  readonly isEmpty: boolean;
  /** A unified diff. */
  readonly diff: string;
  /** Absolute paths of the user's files that change. */
  readonly files: readonly string[];
  readonly notes: readonly string[];
  /** Reasons why nothing would be backed up even after the changes, as sentences. */
  readonly obstacles: readonly string[];
}

export interface CommitWithBackup {
  readonly commitId: string;
  readonly subject: string;
  readonly committedAt: Date;
  readonly backupId: string;
  readonly isAbandoned: boolean;
}

/** One local day of the history. */
export interface HistoryDay {
  /** `2026-01-25`. */
  readonly key: string;
  readonly newestAt: Date;
  readonly stateCount: number;
}

export interface HistoryByDay {
  /** The newest first. */
  readonly days: readonly HistoryDay[];
  /** Errors of unreadable parts of the history. */
  readonly problems: readonly ErrorDescription[];
}

/** The live database, or a backup or history state by its id. */
export type StateRef = { readonly kind: 'live' } | { readonly kind: 'backup'; readonly id: string };

/** What a check of one project found. */
export interface ProjectReading {
  /** Undefined if the project cannot be read or is lost, which is one of `problems`. */
  readonly overview: Overview | undefined;
  /** Worst first. */
  readonly problems: readonly HealthProblem[];
  /** Codes that could not be checked: their absence from `problems` proves nothing. */
  readonly undetermined: readonly HealthProblemCode[];
  /** When the changes will have been unsaved for too long; undefined if there are none, or no limit. */
  readonly overdueAt: Date | undefined;
}

/** Everything that the views show about one project, except its problems. */
export interface Overview {
  readonly root: string;
  readonly databasePath: string;
  readonly storePath: string;
  /** Undefined if the live database could not be read; `problem` is the error. */
  readonly live: LiveObservation | undefined;
  readonly problem: ErrorDescription | undefined;
  /** Ordinary and emergency backups, newest first. */
  readonly backups: readonly Backup[];
  readonly totalSizeBytes: number;
  readonly history: HistorySummary;
  /** Whether the last restore can be undone. Also true if unreadable metadata makes that uncertain. */
  readonly canUndo: boolean;
  /** The newest verified backup. */
  readonly lastGoodId: string | undefined;
  /** Agents that are set up to make backups. */
  readonly connections: readonly Connection[];
  /** When an existing backup last passed a drill. */
  readonly provenAt: Date | undefined;
  readonly targets: readonly TargetState[];
}

/** A project whose database and store were deleted. */
export interface DeletedProject {
  readonly root: string;
  readonly storePath: string;
  /** The copies in the vault, newest first. */
  readonly backups: readonly Backup[];
  /** The newest verified one. */
  readonly lastGoodId: string | undefined;
}

/** The data that the list of all projects shows about one project. */
export interface ProjectSurvey {
  readonly at: Date;
  readonly counts: Partial<FeatureCounts>;
  readonly newest: { readonly at: Date; readonly counts: Partial<FeatureCounts> } | undefined;
  readonly provenAt: Date | undefined;
  readonly backupCount: number;
  readonly totalSizeBytes: number;
  readonly targets: readonly TargetState[];
  /** Of a deleted project: the number of its copies in the vault. */
  readonly vaultCount: number;
  readonly problems: readonly HealthProblem[];
}

export interface DrillReport {
  readonly proven: readonly Backup[];
  readonly failed: readonly { readonly backup: Backup; readonly problems: readonly string[] }[];
  /** Why the result could not be recorded in the store. */
  readonly recordProblem: ErrorDescription | undefined;
}

export interface SyncReport {
  readonly targets: readonly {
    readonly name: string;
    readonly copied: number;
    readonly problem: ErrorDescription | undefined;
  }[];
}

export interface DueJobsReport {
  readonly runs: readonly {
    readonly root: string;
    readonly job: ScheduledJob;
    /** Undefined if the job succeeded. */
    readonly problem: string | undefined;
  }[];
  /** Some jobs could not be claimed or finished, and should be tried again soon. */
  readonly isUnfinished: boolean;
  /** Undefined if nothing is scheduled. */
  readonly nextDueAt: Date | undefined;
}

interface ProjectParams {
  readonly root: string;
}

export interface UnsavedLimit {
  /** The age at which unsaved changes become a problem, if sooner than configured. None by default, or if 0. */
  readonly unsavedMinutes?: number | undefined;
}

interface BackupParams extends ProjectParams {
  readonly id: string;
}

/** Which part of a backup to restore; everything by default. */
interface Scope {
  readonly featureIds?: readonly number[] | undefined;
  /** Also keep newer features that are still readable in the damaged database. */
  readonly salvage?: boolean | undefined;
}

interface SetUpParams extends ProjectParams {
  readonly kind: SetUpKind;
  /** Folder of the programs that hooks and settings start. */
  readonly programsPath: string;
}

/** The operations of the engine process, with parameters and results. */
export interface Operations {
  /** Undefined if the folder contains no project. */
  readonly readProject: {
    params: ProjectParams &
      UnsavedLimit & {
        /** A database without backups that this window has seen, so its absence is a problem. */
        readonly seen?: SeenDatabase | undefined;
      };
    result: ProjectReading | undefined;
  };
  /** Undefined if the folder contains a project, or if the vault has no backups of a deleted one. */
  readonly readDeletedProject: { params: ProjectParams; result: DeletedProject | undefined };
  readonly backUp: { params: ProjectParams & { readonly trigger: Trigger }; result: WireOutcome<BackUpOutcome> };
  /** Records a backup that failed because its process ended. Other failures are recorded by `backUp`. */
  readonly recordBackupFailure: { params: ProjectParams & { readonly failure: ErrorDescription }; result: undefined };
  readonly readFeatures: { params: ProjectParams & { readonly state: StateRef }; result: readonly Feature[] };
  readonly compare: {
    params: ProjectParams & { readonly before: StateRef; readonly after: StateRef };
    result: FeatureComparison;
  };
  readonly planRestore: { params: BackupParams & Scope; result: RestorePlan };
  readonly restore: { params: BackupParams & Scope & { readonly force: boolean }; result: RestoreOutcome };
  /** The backup that undoes the last restore; undefined if there is none. Throws `metadata-unknown`. */
  readonly findUndo: { params: ProjectParams; result: Backup | undefined };
  readonly listHistoryByDay: { params: ProjectParams; result: HistoryByDay };
  readonly listHistoryOfDay: { params: ProjectParams & { readonly day: string }; result: readonly Backup[] };
  /** Backups and history states; undefined if none is found. */
  readonly findState: { params: BackupParams; result: Backup | undefined };
  readonly findStateBefore: { params: BackupParams; result: Backup | undefined };
  readonly findStateAt: { params: ProjectParams & { readonly at: Date }; result: Backup | undefined };
  /** Undefined if the live database has not shrunk. */
  readonly findShrinkage: { params: ProjectParams; result: Shrinkage | undefined };
  /** `featureCount`: the number that the user has confirmed. */
  readonly acknowledgeShrinkage: {
    params: ProjectParams & { readonly featureCount: number };
    result: AcknowledgeOutcome;
  };
  /** Also throws if the database is damaged or missing. */
  readonly planStartOver: { params: ProjectParams; result: StartOverPlan };
  /** `featureCount`: the number that the user has seen; further losses are not accepted. */
  readonly startOver: {
    params: ProjectParams & { readonly featureCount: number | undefined };
    result: StartOverOutcome;
  };
  readonly listCommits: { params: ProjectParams; result: readonly CommitWithBackup[] };
  readonly planSetUp: { params: SetUpParams; result: SetUpPreview };
  /** `seen`: the diff that the user has confirmed. */
  readonly setUp: { params: SetUpParams & { readonly seen: string }; result: SetUpPreview };
  /** Updates the programs that hooks and settings start. */
  readonly updatePrograms: { params: { readonly programsPath: string }; result: undefined };
  readonly verify: { params: BackupParams; result: WireOutcome<VerifyOutcome> };
  readonly pin: { params: BackupParams; result: Backup };
  readonly unpin: { params: BackupParams; result: Backup };
  /** `force`: also deletes a pinned backup or the newest verified one. */
  readonly delete: { params: BackupParams & { readonly force: boolean }; result: Backup };
  readonly planCleanUp: { params: ProjectParams; result: RetentionPlan };
  readonly cleanUp: { params: ProjectParams; result: WireOutcome<CleanUpOutcome> };
  /** All projects of the user, open in a window or not. */
  readonly listProjects: { params: undefined; result: readonly KnownProject[] };
  readonly survey: { params: UnsavedLimit & { readonly known: KnownProject }; result: ProjectSurvey };
  readonly drill: { params: ProjectParams; result: DrillReport };
  readonly replicate: { params: ProjectParams; result: SyncReport };
  /** Runs the due jobs of these projects; a failing project does not stop the others. */
  readonly runDueJobs: { params: { readonly roots: readonly string[] }; result: DueJobsReport };
}

export type OperationName = keyof Operations;
export type Params<Name extends OperationName> = Operations[Name]['params'];
export type Result<Name extends OperationName> = Operations[Name]['result'];

/** Errors lose their class between processes, so results contain descriptions of them. */
export type WireOutcome<Outcome> = Outcome extends unknown
  ? {
      [Key in keyof Outcome]: Key extends 'pruneProblem' | 'recordProblem' | 'problem'
        ? ErrorDescription | undefined
        : Outcome[Key];
    }
  : never;

export interface ErrorDescription {
  readonly message: string;
  /** Undefined for a bug: the error is not a BackupError. */
  readonly code: BackupErrorCode | undefined;
  readonly operation: string | undefined;
  readonly path: string | undefined;
  readonly hint: string | undefined;
  readonly stack: string | undefined;
}

/** From the editor to the engine process. A cancel message would not be read, because the engine works synchronously. */
export interface Request {
  readonly callId: number;
  readonly operation: OperationName;
  readonly params: unknown;
}

/** From the engine process to the editor. */
export type Response =
  | { readonly kind: 'result'; readonly callId: number; readonly value: unknown }
  | { readonly kind: 'error'; readonly callId: number; readonly error: ErrorDescription }
  | { readonly kind: 'progress'; readonly callId: number; readonly step: string; readonly fraction: number }
  | { readonly kind: 'warning'; readonly message: string }
  | { readonly kind: 'notice'; readonly message: string };

/** Operations whose process may be killed: they leave nothing behind that the next backup does not clean up. */
export const INTERRUPTIBLE: ReadonlySet<OperationName> = new Set([
  'readProject',
  'readDeletedProject',
  'findUndo',
  'listHistoryByDay',
  'listHistoryOfDay',
  'findState',
  'findStateBefore',
  'findStateAt',
  'findShrinkage',
  'planStartOver',
  'readFeatures',
  'compare',
  'planRestore',
  'planCleanUp',
  'planSetUp',
  'verify',
  'backUp',
  'listProjects',
  'survey',
  'drill',
  'replicate',
]);
