import type { Ports } from '../../../core/system/ports.js';
import type { Project } from '../../../core/project/project.js';
import type { CallName } from '../disk/calls.js';
import type { Report } from '../run/operations.js';
import type { Operation } from '../run/scenario.js';

/** The requests of a worker to the scheduler. */
export type Request =
  | { readonly kind: 'next' }
  | { readonly kind: 'call'; readonly call: CallName; readonly args: readonly unknown[] }
  | { readonly kind: 'pause'; readonly ms: number }
  | { readonly kind: 'isRunning'; readonly pid: number }
  | { readonly kind: 'report'; readonly report: Report }
  | { readonly kind: 'done'; readonly failure: OperationFailure | undefined };

export interface OperationFailure {
  readonly isBackupError: boolean;
  /** A violated guarantee that the operation itself detected. */
  readonly guarantee: string | undefined;
  readonly message: string;
}

export interface Task {
  readonly operation: Operation;
  readonly seed: number;
  readonly project: Project;
  readonly pid: number;
  readonly hostname: string;
  readonly environment: Ports['environment'];
  readonly clock: Clock;
}

export interface Clock {
  readonly nowMs: number;
  readonly monotonicMs: number;
  readonly uptimeMs: number;
}

export interface Reply {
  readonly clock: Clock;
  readonly result?: unknown;
  /** The error of the call: a system error's code, or that the process is dead. */
  readonly error?: { readonly code: string; readonly call: string } | 'dead';
}
