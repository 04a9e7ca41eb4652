/** systemd on Linux, launchd on macOS, the Task Scheduler on Windows. */
export type ServiceManager = 'systemd' | 'launchd' | 'task-scheduler';

/** The input of a service file. */
export interface ServiceSpec {
  /** Absolute paths of Node and of the program that it runs. */
  readonly node: string;
  readonly program: string;
  /** `launch.sh`, which finds another Node if an upgrade removes this one. Not used on Windows. */
  readonly launcher: string;
  /** Services do not inherit a login shell's environment. No secrets: other users can read the file. */
  readonly environment: Readonly<Record<string, string>>;
  /** A file with more variables, possibly secret; undefined if the manager does not support one. */
  readonly environmentFile: string | undefined;
  /** The watcher's log; undefined if the manager has its own. */
  readonly logPath: string | undefined;
  /** Windows: the user whose logon starts it, `DOMAIN\name`. */
  readonly user: string | undefined;
}

/** A command for the service manager, as a program and its arguments. */
export type ManagerCommand = readonly [program: string, ...args: string[]];

export interface ServiceSetUp {
  readonly manager: ServiceManager;
  readonly path: string;
  /** Without the mark. */
  readonly content: Buffer;
  /** Run in order, after the file is written. */
  readonly enable: readonly ManagerCommand[];
  /** Run before the file is removed. They fail if the service is not running. */
  readonly disable: readonly ManagerCommand[];
  /** Run after the file is removed. */
  readonly afterRemoval: readonly ManagerCommand[];
  /** Text for the user: how to read the log. */
  readonly advice: string;
}

/**
 * `current`: identical to what would be written now; `outdated`: written by another version or from another folder;
 * `changed`: edited by hand; `foreign`: not written by Feature Backups.
 */
export type ServiceFileState = 'absent' | 'current' | 'outdated' | 'changed' | 'foreign';
