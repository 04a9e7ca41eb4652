/**
 * `claude`: a hook that Claude Code runs before each tool. `mcp`: the tap in front of an MCP client's feature server.
 */
export type ConnectionKind = 'claude' | 'mcp';

/** How to start this program without PATH; all paths are absolute. */
export interface Launcher {
  /** The program that runs JavaScript. */
  readonly node: string;
  /** `feature-backups.cjs`. */
  readonly script: string;
  /** `launch.sh`, which finds another Node if an upgrade removes this one. Undefined on Windows. */
  readonly launchScript: string | undefined;
}

/** The project whose agents are connected. Its database may be missing. */
export interface AgentProject {
  readonly root: string;
  readonly storePath: string;
  readonly databasePath?: string | undefined;
}

/**
 * Which settings contain a connection. `project`: a file of the project that git may share. `local`: a personal file
 * for this project. `user`: a file for all projects of the user. `plugin`: a plugin of Claude Code.
 */
export type ConnectionScope = 'project' | 'local' | 'user' | 'plugin';

/** The scopes of the settings that `connect claude` edits. */
export type EditableScope = Exclude<ConnectionScope, 'plugin'>;

/** The text of a settings file before and after; undefined if the file does not exist. */
export interface FileEdit {
  readonly path: string;
  /** Links in the path must stay inside this folder. */
  readonly within: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** A change that only the user can make, because Claude Code constantly rewrites the file. */
export interface ManualEdit {
  readonly path: string;
  /** The keys that lead to the server's entry. */
  readonly keys: readonly string[];
  readonly server: string;
  /** The new `command` and `args` of the entry. */
  readonly command: string;
  readonly args: readonly string[];
}

/** The changes that connecting or disconnecting would make. */
export interface ConnectionPlan {
  readonly kind: ConnectionKind;
  readonly action: 'connect' | 'disconnect';
  readonly project: AgentProject;
  /** Empty if nothing has to change. */
  readonly edits: readonly FileEdit[];
  /** As a unified diff. */
  readonly diff: string;
  /** The changes that only the user can make. */
  readonly manualEdits: readonly ManualEdit[];
  /** The files that already connect this kind of agent. */
  readonly connectedFiles: readonly string[];
  /** Why the connection would not run, even after the edits. */
  readonly obstacles: readonly ConnectionObstacle[];
  /** What the user should know, such as that git shares an edited file. */
  readonly notes: readonly string[];
  /** Connections that would protect nothing yet, and the obstacles. */
  readonly warnings: readonly string[];
}

/** Why a connection does not run. */
export interface ConnectionObstacle {
  readonly code: 'hooks-disabled' | 'program-missing';
  /** The settings file that disables the hooks, or the missing program. */
  readonly path: string;
  /** What is wrong, in one sentence without a full stop. */
  readonly message: string;
  /** What to do, in one sentence without a full stop. */
  readonly hint: string;
}

/** An agent that is connected. */
export interface Connection {
  readonly kind: ConnectionKind;
  readonly scope: ConnectionScope;
  /** The settings file. */
  readonly path: string;
  /** The MCP server's name there. */
  readonly server: string | undefined;
  /** Why it does not run; undefined if it does. */
  readonly obstacle: ConnectionObstacle | undefined;
}
