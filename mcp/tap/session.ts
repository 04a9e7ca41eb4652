import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import type { BackupThread } from './backupThread.js';
import type { PendingWrite } from './classifyLine.js';
import { ClientGate } from './clientGate.js';
import { ServerShutdown } from './serverShutdown.js';
import { exitAs, flush, type ExitStatus } from './exitAs.js';
import { LogLevels } from './logLevels.js';
import { watchParent } from '../parentWatch.js';
import { ServerLines } from './serverLines.js';
import { ServerWatch } from './serverWatch.js';
import { PendingBackup } from './pendingBackup.js';
import { forwardSignals } from './signals.js';
import type { Server } from './spawnServer.js';
import type { TapOptions } from './tapOptions.js';
import { KnownTools } from './tools.js';
import { startWatchdog, type Watchdog } from './watchdog.js';
import { BACKUP_TIMEOUT_MS, WriteGuard } from './writeGuard.js';

export interface SessionParts {
  readonly onFailure: TapOptions['onFailure'];
  readonly server: Server;
  readonly thread: BackupThread;
  /** Starts a process that outlives the tap and makes the last backup. */
  readonly startLastBackup: () => void;
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
}

/** One run of the tap, until the server ends: connects client and server in both directions. */
export class Session {
  private readonly parts: SessionParts;
  private readonly pendingBackup: PendingBackup;
  private readonly lines: ServerLines;
  private readonly gate: ClientGate;
  private readonly shutdown: ServerShutdown;
  private watchdog: Watchdog | undefined;
  private hasStartedHelpers = false;
  private hasHandedOver = false;
  private serverStatus: ExitStatus | undefined;
  /** When the session began to end, from `performance.now()`. */
  private endingSinceMs: number | undefined;

  constructor(parts: SessionParts) {
    this.parts = parts;
    const tools = new KnownTools();
    const logLevels = new LogLevels();
    this.pendingBackup = new PendingBackup(() => guard.flush(this.flushTimeoutMs()), QUIET_MS);
    const watch = new ServerWatch({ tools, logLevels, pendingBackup: this.pendingBackup });
    this.lines = new ServerLines((bytes) => parts.output.write(bytes), watch);
    const guard = new WriteGuard({
      ...parts,
      lines: this.lines,
      logLevels,
      onThreadFailed: () => this.handOverIfEnding(),
    });
    this.shutdown = new ServerShutdown(parts.server);
    this.gate = new ClientGate(
      {
        forward: (bytes) => this.forward(bytes),
        backUpBefore: async (write) => {
          const isAnswered = await this.pendingBackup.whenAnswered(ANSWER_LIMIT_MS);
          return await guard.backUpBefore(isAnswered ? write : withUnansweredNote(write));
        },
        onForwarded: (classification) => watch.onForwarded(classification),
        onCancelled: (idKey) => this.pendingBackup.onResponse(idKey),
        onDrained: () => parts.server.stdin.end(),
        onProgress: () => this.applyBackpressure(),
      },
      tools,
    );
  }

  start(): void {
    this.connectClient();
    this.connectServer();
    forwardSignals(this.parts.server, () => this.onEndingSignal());
    watchParent(() => this.onClientGone());
    // The client may not send its first message for a while.
    setTimeout(() => this.startHelpers(), HELPER_DELAY_MS).unref();
  }

  private connectClient(): void {
    const { input, output } = this.parts;
    input.on('data', (chunk: Buffer) => {
      this.gate.push(chunk);
      this.applyBackpressure();
      if (!this.hasStartedHelpers) setImmediate(() => this.startHelpers());
    });
    input.once('end', () => this.onInputEnd());
    input.once('error', () => this.onInputEnd());
    // The client no longer reads; without the tap the server would see a closed pipe.
    output.on('error', () => this.onClientGone());
    output.on('drain', () => this.parts.server.stdout.resume());
  }

  private connectServer(): void {
    const { server } = this.parts;
    server.stdout.on('data', (chunk: Buffer) => {
      if (!this.lines.push(chunk)) server.stdout.pause();
      this.shutdown.onOutput();
    });
    server.stdin.on('drain', () => this.gate.resume());
    // The server no longer reads; without the tap the client would see a closed pipe.
    server.stdin.on('error', () => closeInput(this.parts.input));
    server.once('exit', (code, signal) => this.onServerExit({ code, signal }));
  }

  /** Starts the watchdog and the backup thread, after the first message, so that this one is forwarded quickly. */
  private startHelpers(): void {
    const { pid } = this.parts.server;
    if (this.hasStartedHelpers || this.serverStatus !== undefined || pid === undefined) return;
    this.hasStartedHelpers = true;
    this.watchdog = startWatchdog(pid);
    setTimeout(() => this.parts.thread.warm(), WARM_UP_MS).unref();
  }

  private forward(bytes: Buffer): boolean {
    const { stdin } = this.parts.server;
    return stdin.writable ? stdin.write(bytes) : true;
  }

  private applyBackpressure(): void {
    const { input } = this.parts;
    if (this.gate.isFull) input.pause();
    else if (input.isPaused()) input.resume();
  }

  private onInputEnd(): void {
    this.gate.end();
    this.shutdown.onInputClosed();
    this.beginShutdown();
  }

  private onClientGone(): void {
    this.parts.server.stdout.destroy();
    this.parts.output.destroy();
    this.gate.end();
    this.shutdown.onClientGone();
    this.beginShutdown();
  }

  /** The client will soon kill the tap, so the last backup does not wait for a server that is slow to end. */
  private beginShutdown(): void {
    if (this.endingSinceMs !== undefined) return;
    this.endingSinceMs = performance.now();
    setTimeout(() => {
      if (this.serverStatus === undefined && this.pendingBackup.isDirty) void this.pendingBackup.backUpNow();
    }, SERVER_EXIT_LIMIT_MS);
  }

  private onEndingSignal(): void {
    // The client may kill this process before the backup is complete: Codex after 46 ms, Claude Code after 600 ms.
    if (this.pendingBackup.isDirty || this.parts.thread.isBusy) this.handOver();
    if (this.serverStatus !== undefined) exitAs(this.serverStatus);
    else this.beginShutdown();
  }

  private handOverIfEnding(): boolean {
    const isEnding = this.endingSinceMs !== undefined;
    if (isEnding) this.handOver();
    return isEnding;
  }

  private handOver(): void {
    if (this.hasHandedOver) return;
    this.hasHandedOver = true;
    this.pendingBackup.handOver();
    this.parts.startLastBackup();
  }

  private onServerExit(status: ExitStatus): void {
    this.serverStatus = status;
    this.endingSinceMs ??= performance.now();
    this.shutdown.stop();
    this.watchdog?.dismiss();
    void this.finish(status);
  }

  private async finish(status: ExitStatus): Promise<void> {
    await Promise.all([this.pendingBackup.finish(), waitForLastOutput(this.parts.server)]);
    await flush(this.parts.output);
    exitAs(status);
  }

  private flushTimeoutMs(): number {
    if (this.endingSinceMs === undefined) return BACKUP_TIMEOUT_MS;
    return Math.max(MIN_FLUSH_MS, this.endingSinceMs + SHUTDOWN_TIME_MS - performance.now());
  }
}

/** Closes descriptor 0, which Node keeps open, and replaces it: the next opened file would otherwise get its number. */
function closeInput(input: NodeJS.ReadStream): void {
  input.destroy();
  if (isInputClosed) return;
  isInputClosed = true;
  closeSync(0);
  openSync(devNull, 'r');
}

let isInputClosed = false;

/** A client may send several writes at once. The backup before each should contain the earlier ones. */
const ANSWER_LIMIT_MS = 1000;
const QUIET_MS = 2000;
const HELPER_DELAY_MS = 500;
const WARM_UP_MS = 20;
/** Clients send SIGTERM 2 s after closing standard input. */
const SHUTDOWN_TIME_MS = 1500;
const SERVER_EXIT_LIMIT_MS = 700;
const MIN_FLUSH_MS = 500;

function withUnansweredNote(write: PendingWrite): PendingWrite {
  const note = 'an earlier call was not answered yet';
  return { ...write, detail: write.detail === undefined ? note : `${write.detail}; ${note}` };
}

/** Waits for the server's last output, but not for a grandchild that keeps the pipe open. */
function waitForLastOutput({ stdout }: Server): Promise<void> {
  return new Promise((resolve) => {
    if (stdout.closed || stdout.destroyed) {
      resolve();
      return;
    }
    stdout.once('close', resolve);
    // While the client is slow, more output may follow.
    let timer = stdout.isPaused() ? undefined : setTimeout(resolve, LAST_OUTPUT_MS);
    stdout.on('data', () => {
      clearTimeout(timer);
      timer = setTimeout(resolve, LAST_OUTPUT_MS);
    });
    stdout.on('pause', () => clearTimeout(timer));
  });
}

const LAST_OUTPUT_MS = 250;
