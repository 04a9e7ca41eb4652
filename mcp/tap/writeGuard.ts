import type { BackupThread } from './backupThread.js';
import type { BackupReport } from './backupMessages.js';
import { blockedResponse, warning } from './blockedResponse.js';
import type { Decision } from './clientGate.js';
import type { PendingWrite } from './classifyLine.js';
import type { LogLevels } from './logLevels.js';
import { notice } from './notices.js';
import type { ServerLines } from './serverLines.js';

export interface WriteGuardParts {
  readonly thread: BackupThread;
  readonly lines: ServerLines;
  readonly logLevels: LogLevels;
  /** Undefined = as configured in the project. */
  readonly onFailure: 'continue' | 'block' | undefined;
}

/** Makes the backup before a write, and decides whether the write continues if that fails. */
export class WriteGuard {
  private readonly parts: WriteGuardParts;

  constructor(parts: WriteGuardParts) {
    this.parts = parts;
  }

  async backUpBefore(write: PendingWrite): Promise<Decision> {
    const { tool, reason, detail } = write;
    const { report, isStrict } = await this.parts.thread.backUp(
      { source: 'mcp', reason, tool, detail },
      BACKUP_TIMEOUT_MS,
    );
    const problem = problemOf(report);
    if (problem === undefined) return { forwards: true };
    const isStrictHere = (this.parts.onFailure ?? (isStrict ? 'block' : 'continue')) === 'block';
    return isStrictHere && report.status !== 'missing' ? this.block(write, problem) : this.warn(write, problem);
  }

  /** Backs up after a pause in writing, or at the end of the session. */
  async flush(timeoutMs: number): Promise<void> {
    const { report } = await this.parts.thread.backUp({ source: 'mcp', reason: 'after_session' }, timeoutMs);
    const problem = problemOf(report);
    if (problem === undefined) return;
    const text = `could not back up the last writes: ${problem}`;
    notice(text);
    if (this.parts.logLevels.acceptsWarnings(undefined)) this.parts.lines.inject(warning(text));
  }

  private block(write: PendingWrite, problem: string): Decision {
    notice(`${nameOf(write)} was blocked: ${problem}`);
    const response = blockedResponse(write, problem);
    return { forwards: false, announce: () => response !== undefined && this.parts.lines.inject(response) };
  }

  private warn(write: PendingWrite, problem: string): Decision {
    const text = `no backup was made before ${nameOf(write)}, but the call continues: ${problem}`;
    notice(text);
    const acceptsWarning = this.parts.logLevels.acceptsWarnings(write.logLevel);
    return { forwards: true, announce: () => acceptsWarning && this.parts.lines.inject(warning(text)) };
  }
}

/** A snapshot alone may take five seconds while others keep writing. */
export const BACKUP_TIMEOUT_MS = 15_000;

function problemOf(report: BackupReport): string | undefined {
  return report.status === 'saved' || report.status === 'nothing-to-save' ? undefined : report.problem;
}

function nameOf({ tool }: PendingWrite): string {
  return tool ?? 'an unreadable message';
}
