import { BackupError } from '../../core/system/index.js';
import type { ErrorDescription } from './protocol.js';

/** An error as plain values that can be sent between processes. */
export function describeError(error: unknown): ErrorDescription {
  const known = error instanceof BackupError ? error : undefined;
  return {
    message: error instanceof Error ? error.message : String(error),
    code: known?.code,
    operation: known?.operation,
    path: known?.path,
    hint: known?.hint,
    stack: error instanceof Error ? error.stack : undefined,
  };
}

/** The original error with its stack; a BackupError if it was one. */
export function errorFrom(description: ErrorDescription): Error {
  const { message, code, operation, path, hint, stack } = description;
  const error =
    code === undefined
      ? new Error(message)
      : new BackupError(message, { code, operation: operation ?? '', path, hint });
  if (stack !== undefined) error.stack = stack;
  return error;
}
