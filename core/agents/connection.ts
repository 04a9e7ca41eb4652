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

/** The text of a settings file before and after; undefined if the file does not exist. */
export interface FileEdit {
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
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
  /** Connections that would protect nothing yet. */
  readonly warnings: readonly string[];
}

/** An agent that is connected. */
export interface Connection {
  readonly kind: ConnectionKind;
  /** The settings file. */
  readonly path: string;
  /** The MCP server's name there. */
  readonly server: string | undefined;
}
