import type { Backup, Trigger } from '../../core/store/index.js';
import type { CleanUpOutcome, RetentionPlan, AcknowledgeOutcome, Shrinkage } from '../../core/retention/index.js';
import type { TargetState, Trouble } from '../../core/health/index.js';
import type { HistorySummary } from '../../core/history/index.js';
import type { LiveObservation } from '../../core/live/index.js';
import type { BackUpOutcome } from '../../core/backup/index.js';
import type { VerifyOutcome } from '../../core/verify/index.js';
import type { Connection } from '../../core/agents/index.js';
import type { RestoreOutcome, RestorePlan } from '../../core/restore/index.js';
import type { Feature, FeatureComparison, FeatureCounts } from '../../core/database/index.js';
import type { BackupErrorCode } from '../../core/system/index.js';
import type { DatabaseHolder } from '../../core/project/index.js';
import type { KnownProject } from '../../core/projects/index.js';
import type { ScheduledJob } from '../../core/schedule/index.js';

/** What can make backups by itself: git's hooks, Claude Code's, or an MCP client's server behind the tap. */
export type SetUpKind = 'git' | 'claude' | 'mcp';

/** What setting it up would change. */
export interface SetUpPreview {
  /** Everything is in place already. */
  readonly isDone: boolean;
  /** As a unified diff. */
  readonly diff: string;
  /** Files of the user's that change; absolute. */
  readonly files: readonly string[];
  readonly notes: readonly string[];
}

/** A commit that a backup was made for. */
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
  /** What of the history could not be read. */
  readonly problems: readonly ErrorDescription[];
}

/** Which state of the backlog is meant: a backup or a state of the history by its id, or the live database. */
export type StateRef = { readonly kind: 'live' } | { readonly kind: 'backup'; readonly id: string };

/** Everything the views show of one project, found in one look. */
export interface Overview {
  readonly root: string;
  readonly databasePath: string;
  readonly storePath: string;
  /** Undefined where the live database could not be looked at; `problem` says why. */
  readonly live: LiveObservation | undefined;
  readonly problem: ErrorDescription | undefined;
  /** Ordinary and emergency ones, newest first. */
  readonly backups: readonly Backup[];
  readonly totalSizeBytes: number;
  readonly history: HistorySummary;
  /** Whether the last restore can be undone. True also if only unreadable metadata leaves it open. */
  readonly canUndo: boolean;
  /** The newest backup that verified. */
  readonly lastGoodId: string | undefined;
  /** False where a backup could not be written. */
  readonly isStoreWritable: boolean;
  /** Agents and dev servers that run in the project. */
  readonly agents: readonly DatabaseHolder[];
  /** Agents that make backups by themselves. */
  readonly connections: readonly Connection[];
  /** When a restore drill last proved a backup that is still there. */
  readonly provenAt: Date | undefined;
  /** How copying to each target stands. */
  readonly targets: readonly TargetState[];
  /** What the engine finds wrong, worst first, as the command line tells it too. */
  readonly troubles: readonly Trouble[];
}

/** What the list of all projects shows of one. */
export interface Survey {
  readonly at: Date;
  readonly counts: Partial<FeatureCounts>;
  readonly newest: { readonly at: Date; readonly counts: Partial<FeatureCounts> } | undefined;
  readonly provenAt: Date | undefined;
  readonly backupCount: number;
  readonly totalSizeBytes: number;
  readonly targets: readonly TargetState[];
  readonly troubles: readonly Trouble[];
}

/** What a restore drill found. */
export interface DrillReport {
  readonly proven: readonly Backup[];
  readonly failed: readonly { readonly backup: Backup; readonly problems: readonly string[] }[];
  /** Why it could not be noted in the store. */
  readonly recordProblem: ErrorDescription | undefined;
}

/** How copying went: a target's name, and what went wrong there. */
export interface CopyReport {
  readonly targets: readonly {
    readonly name: string;
    readonly copied: number;
    readonly problem: ErrorDescription | undefined;
  }[];
}

/** What came of the scheduled jobs of some projects. */
export interface DueJobsReport {
  readonly runs: readonly {
    readonly root: string;
    readonly job: ScheduledJob;
    /** Undefined: it went well. */
    readonly problem: string | undefined;
  }[];
  /** Some could not be done, or not be taken on: they are worth asking for again soon. */
  readonly isUnfinished: boolean;
  /** Undefined where nothing is scheduled. */
  readonly nextDueAt: Date | undefined;
}

interface InProject {
  readonly root: string;
}

interface OfBackup extends InProject {
  readonly id: string;
}

/** What of a backup a restore brings back; all of it by default. */
interface Scope {
  readonly featureIds?: readonly number[] | undefined;
  /** The backup, and over it the newer features that the damaged database still gives up. */
  readonly salvage?: boolean | undefined;
}

interface SetUpParams extends InProject {
  readonly kind: SetUpKind;
  /** Where the programs are installed that hooks and settings name. */
  readonly programsPath: string;
}

/** What the child process can be asked for: parameters and result of each operation. */
export interface Operations {
  /** `undefined`: there is no project in this folder. */
  readonly look: { params: InProject; result: Overview | undefined };
  readonly backUp: { params: InProject & { readonly trigger: Trigger }; result: WireOutcome<BackUpOutcome> };
  readonly readFeatures: { params: InProject & { readonly state: StateRef }; result: readonly Feature[] };
  readonly compare: {
    params: InProject & { readonly before: StateRef; readonly after: StateRef };
    result: FeatureComparison;
  };
  readonly planRestore: { params: OfBackup & Scope; result: RestorePlan };
  readonly restore: { params: OfBackup & Scope & { readonly force: boolean }; result: RestoreOutcome };
  /** The backup that undoes the last restore; undefined if there is none. Throws `metadata-unknown`. */
  readonly findUndo: { params: InProject; result: Backup | undefined };
  readonly listHistoryByDay: { params: InProject; result: HistoryByDay };
  readonly listHistoryOfDay: { params: InProject & { readonly day: string }; result: readonly Backup[] };
  /** Backups and states of the history alike; undefined where there is none. */
  readonly findState: { params: OfBackup; result: Backup | undefined };
  readonly findStateBefore: { params: OfBackup; result: Backup | undefined };
  readonly findStateAt: { params: InProject & { readonly at: Date }; result: Backup | undefined };
  /** What the live database has lost; undefined where it has not shrunk. */
  readonly findShrinkage: { params: InProject; result: Shrinkage | undefined };
  /** `featureCount`: so many the user has agreed to. */
  readonly acknowledgeShrinkage: {
    params: InProject & { readonly featureCount: number };
    result: AcknowledgeOutcome;
  };
  readonly listCommits: { params: InProject; result: readonly CommitWithBackup[] };
  readonly planSetUp: { params: SetUpParams; result: SetUpPreview };
  /** `seen`: the diff that the user has agreed to. */
  readonly setUp: { params: SetUpParams & { readonly seen: string }; result: SetUpPreview };
  /** Brings the programs that hooks and settings name up to this version. */
  readonly updatePrograms: { params: { readonly programsPath: string }; result: undefined };
  readonly verify: { params: OfBackup; result: WireOutcome<VerifyOutcome> };
  readonly pin: { params: OfBackup; result: Backup };
  readonly unpin: { params: OfBackup; result: Backup };
  /** `force`: also what is pinned, or the only backup that verified. */
  readonly delete: { params: OfBackup & { readonly force: boolean }; result: Backup };
  readonly planCleanUp: { params: InProject; result: RetentionPlan };
  readonly cleanUp: { params: InProject; result: WireOutcome<CleanUpOutcome> };
  /** Every project of this user, open here or not. */
  readonly listProjects: { params: undefined; result: readonly KnownProject[] };
  readonly survey: { params: { readonly known: KnownProject }; result: Survey };
  readonly drill: { params: InProject; result: DrillReport };
  readonly replicate: { params: InProject; result: CopyReport };
  /** Runs what has come due of these projects; what is wrong with one keeps no other from it. */
  readonly runDueJobs: { params: { readonly roots: readonly string[] }; result: DueJobsReport };
}

export type OperationName = keyof Operations;
export type Params<Name extends OperationName> = Operations[Name]['params'];
export type Result<Name extends OperationName> = Operations[Name]['result'];

/** Errors lose their class on the way between processes, so those inside a result travel as descriptions. */
export type WireOutcome<Outcome> = Outcome extends unknown
  ? {
      [Key in keyof Outcome]: Key extends 'pruneProblem' | 'recordProblem' | 'problem'
        ? ErrorDescription | undefined
        : Outcome[Key];
    }
  : never;

export interface ErrorDescription {
  readonly message: string;
  /** Undefined: not one of the engine's own errors, so a bug. */
  readonly code: BackupErrorCode | undefined;
  readonly operation: string | undefined;
  readonly path: string | undefined;
  readonly hint: string | undefined;
  readonly stack: string | undefined;
}

/** From the editor to the child. There is no message to cancel: the engine works without pausing, so it would not hear it. */
export interface Request {
  readonly callId: number;
  readonly operation: OperationName;
  readonly params: unknown;
}

/** From the child to the editor. */
export type Response =
  | { readonly kind: 'result'; readonly callId: number; readonly value: unknown }
  | { readonly kind: 'error'; readonly callId: number; readonly error: ErrorDescription }
  | { readonly kind: 'progress'; readonly callId: number; readonly step: string; readonly fraction: number }
  | { readonly kind: 'warning'; readonly message: string };

/** What may be ended in the middle, with its process: what it leaves is nothing, or swept by the next backup. */
export const INTERRUPTIBLE: ReadonlySet<OperationName> = new Set([
  'look',
  'findUndo',
  'listHistoryByDay',
  'listHistoryOfDay',
  'findState',
  'findStateBefore',
  'findStateAt',
  'findShrinkage',
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
