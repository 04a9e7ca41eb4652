/** Claude Code's hook before each tool, or the feature server of an MCP client, behind the tap. */
export type ConnectionKind = 'claude' | 'mcp';

/** How to start this program without PATH; both paths are absolute. */
export interface Launcher {
  /** The program that runs JavaScript. */
  readonly node: string;
  /** `feature-backups.cjs`. */
  readonly script: string;
}

/** The project whose agents are connected. Its database may be missing. */
export interface ConnectionPlace {
  readonly root: string;
  readonly storePath: string;
}

/** The text of a settings file before and after; undefined if the file does not exist. */
export interface FileEdit {
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** What connecting or disconnecting would change. */
export interface ConnectionPlan {
  readonly kind: ConnectionKind;
  readonly action: 'connect' | 'disconnect';
  readonly place: ConnectionPlace;
  /** Empty if nothing has to change. */
  readonly edits: readonly FileEdit[];
  /** As a unified diff. */
  readonly diff: string;
}

/** An agent that is connected. */
export interface Connection {
  readonly kind: ConnectionKind;
  /** The settings file. */
  readonly path: string;
  /** The MCP server's name there. */
  readonly server: string | undefined;
}
