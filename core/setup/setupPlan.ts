import type { AgentProject, ConnectionPlan } from '../agents/index.js';
import type { HookPlan } from '../git/index.js';
import type { ServiceSetUp } from '../service/index.js';
import type { BackupError } from '../system/index.js';

/** What `setup` installs: the hook of Claude Code, the tap in front of an MCP server, or the git hooks. */
export const SETUP_KINDS = ['claude', 'mcp', 'git'] as const;

export type SetupKind = (typeof SETUP_KINDS)[number];

/** What hooks, taps and the service start. */
export interface SetupPrograms {
  /** Node.js or VS Code's runtime; absolute. */
  readonly node: string;
  /** The folder of the bundles. */
  readonly folder: string;
}

/** One connection that is made or removed. */
export interface SetupPart {
  readonly kind: SetupKind;
  /** The folder of the project, or the work tree of the repository. */
  readonly root: string;
  /** The files that change, absolute. */
  readonly files: readonly string[];
  /** Those of them that contain nothing but our programs and settings; `diff` leaves them out. */
  readonly ownFiles: readonly string[];
  /** Of the files that belong to the user or another program, in the format of `diff -u`. */
  readonly diff: string;
  /** Sentences for the user. */
  readonly notes: readonly string[];
  readonly plan: ConnectionPlan | HookPlan;
}

/** A connection that cannot be planned, such as one in unreadable settings. */
export interface UnplannedPart {
  readonly kind: SetupKind;
  readonly root: string;
  readonly error: BackupError;
}

export interface SetupPlan {
  readonly project: AgentProject;
  /** Empty if everything is installed. */
  readonly parts: readonly SetupPart[];
  /** What needs no change. */
  readonly installed: readonly SetupKind[];
  readonly unplanned: readonly UnplannedPart[];
}

export interface RemovalPlan {
  readonly parts: readonly SetupPart[];
  /** The service file to remove; undefined if there is none of ours. */
  readonly service: ServiceSetUp | undefined;
  readonly unplanned: readonly UnplannedPart[];
  readonly left: RemainingData;
}

/** What a removal keeps. */
export interface RemainingData {
  readonly stores: readonly string[];
  /** Undefined if it does not exist. */
  readonly vault: string | undefined;
  readonly state: string | undefined;
}
