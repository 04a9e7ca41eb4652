import type { BackupThread } from './backupThread.js';
import type { BackupProblem, BackupReport } from './backupMessages.js';
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
  /** Undefined: as configured in the project. */
  readonly onFailure: 'continue' | 'block' | undefined;
  /** Called if the thread fails to back up the last write. True if another process makes the backup instead. */
  readonly onThreadFailed: () => boolean;
}

/** Makes the backup before a write, and decides whether the write continues if that fails. */
export class WriteGuard {
  private readonly parts: WriteGuardParts;
  /** The subjects of the problems since the last success that standard error and the client have received. */
  private readonly noticed = new Set<string>();
  private readonly logged = new Set<string>();

  constructor(parts: WriteGuardParts) {
    this.parts = parts;
  }

  async backUpBefore(write: PendingWrite): Promise<Decision> {
    const { tool, reason, detail } = write;
    const { report, isStrict } = await this.parts.thread.backUp(
      { source: 'mcp', reason, tool, detail },
      BACKUP_TIMEOUT_MS,
    );
    const problem = this.problemOf(report);
    if (problem === undefined) return { forwards: true };
    if (problem.isUnrecorded) this.parts.thread.recordFailure(problem.problem);
    const isBlocking = (this.parts.onFailure ?? (isStrict ? 'block' : 'continue')) === 'block';
    return isBlocking && problem.status !== 'missing' ? this.block(write, problem) : this.warn(write, problem);
  }

  /** Backs up after a pause in writing, or at the end of the session. */
  async flush(timeoutMs: number): Promise<void> {
    const { report } = await this.parts.thread.backUp({ source: 'mcp', reason: 'after_session' }, timeoutMs);
    const problem = this.problemOf(report);
    if (problem === undefined || (problem.isUnrecorded && this.parts.onThreadFailed())) return;
    if (problem.isUnrecorded) this.parts.thread.recordFailure(problem.problem);
    this.report(problem, `could not back up the last writes: ${problem.problem}`, undefined)();
  }

  /** After a success, the next problem is a new one. */
  private problemOf(report: BackupReport): BackupProblem | undefined {
    if (report.status !== 'saved' && report.status !== 'nothing-to-save') return report;
    this.noticed.clear();
    this.logged.clear();
    return undefined;
  }

  private block(write: PendingWrite, { problem }: BackupProblem): Decision {
    notice(`${nameOf(write)} was blocked: ${problem}`);
    const response = blockedResponse(write, problem);
    return { forwards: false, announce: () => response !== undefined && this.parts.lines.inject(response) };
  }

  private warn(write: PendingWrite, problem: BackupProblem): Decision {
    const text = `no backup was made before ${nameOf(write)}, but the call continues: ${problem.problem}`;
    return { forwards: true, announce: this.report(problem, text, write.logLevel) };
  }

  /** Reports a problem once. Returns a function that reports it to the client. */
  private report({ subject }: BackupProblem, text: string, callLevel: string | undefined): () => void {
    if (!this.noticed.has(subject)) notice(text);
    this.noticed.add(subject);
    const { lines, logLevels } = this.parts;
    const acceptsWarning = logLevels.acceptsWarnings(callLevel);
    return () => {
      if (!acceptsWarning || this.logged.has(subject)) return;
      this.logged.add(subject);
      lines.inject(warning(text));
    };
  }
}

/** Generous, because the snapshot alone can take five seconds while other processes keep writing. */
export const BACKUP_TIMEOUT_MS = 15_000;

function nameOf({ tool }: PendingWrite): string {
  return tool ?? 'an unreadable message';
}
