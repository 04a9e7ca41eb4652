/** What is connected: Claude Code's hook before each tool, or the feature server of an MCP client, behind the tap. */
export type ConnectionKind = 'claude' | 'mcp';

/** How this program is started, without any PATH: both absolute. */
export interface Launcher {
  /** The program that runs JavaScript. */
  readonly node: string;
  /** `feature-backups.cjs`. */
  readonly script: string;
}

/** The project whose agents are connected; it need not have a database yet. */
export interface ConnectionPlace {
  readonly root: string;
  readonly storePath: string;
}

/** One settings file that changes. Its whole text, before and after; undefined = there is no such file. */
export interface FileEdit {
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** What connecting or disconnecting would change; nothing is written before it is applied. */
export interface ConnectionPlan {
  readonly kind: ConnectionKind;
  readonly action: 'connect' | 'disconnect';
  readonly place: ConnectionPlace;
  /** None where everything is already as asked for. */
  readonly edits: readonly FileEdit[];
  /** As a unified diff. */
  readonly diff: string;
}

/** An agent that makes backups by itself. */
export interface Connection {
  readonly kind: ConnectionKind;
  /** The settings file. */
  readonly path: string;
  /** The MCP server's name there. */
  readonly server: string | undefined;
}
