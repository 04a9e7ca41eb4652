/** What keeps the watcher running: systemd on Linux, launchd on macOS, the Task Scheduler on Windows. */
export type ServiceManager = 'systemd' | 'launchd' | 'task-scheduler';

/** What a service file is made from. */
export interface ServiceSpec {
  /** Absolute paths of Node and of the program that it runs. */
  readonly node: string;
  readonly program: string;
  /** For the service, which gets little of a login shell's environment. Nothing secret: the file can be read. */
  readonly environment: Readonly<Record<string, string>>;
  /** A file of further variables, which may be secret; undefined where the manager knows no such thing. */
  readonly environmentFile: string | undefined;
  /** Where the manager writes what the watcher says; undefined where it has a place of its own. */
  readonly logPath: string | undefined;
  /** Windows: whose logon starts it, `DOMAIN\name`. */
  readonly user: string | undefined;
}

/** A command for the service manager, as a program and its arguments. */
export type ManagerCommand = readonly [program: string, ...args: string[]];

/** How the service is set up on one kind of system. */
export interface ServiceSetUp {
  readonly manager: ServiceManager;
  readonly path: string;
  /** What the file is to hold, without the mark. */
  readonly content: Buffer;
  /** Each in its turn, after the file was written. */
  readonly enable: readonly ManagerCommand[];
  /** Before the file goes; it may not be running, or not known to the manager. */
  readonly disable: readonly ManagerCommand[];
  /** Once the file is gone. */
  readonly afterRemoval: readonly ManagerCommand[];
  /** What a person should know who has it installed: how to see its log. */
  readonly advice: string;
}

/**
 * The service file that is there. `current`: just what would be written now; `outdated`: ours, from another version or
 * place; `changed`: ours, and then edited by hand; `foreign`: not ours.
 */
export type ServiceFileState = 'absent' | 'current' | 'outdated' | 'changed' | 'foreign';
