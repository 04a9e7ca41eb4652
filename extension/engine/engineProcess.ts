import { fork, type ChildProcess } from 'node:child_process';
import { BackupError } from '../../core/system/index.js';
import { errorFrom } from './errorDescription.js';
import {
  INTERRUPTIBLE,
  type OperationName,
  type Params,
  type Request,
  type Response,
  type Result,
} from './protocol.js';

export interface EngineOptions {
  /** Path of dist/engine-host.cjs. */
  readonly entry: string;
  /** Additional environment variables. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** The process is stopped after this long without a call. */
  readonly idleMs: number;
  /** Read at every call; the process is killed if a call takes longer. */
  readonly timeLimitMs: () => number;
  readonly onLog: (line: string) => void;
  /** Receives information that the user should see once. */
  readonly onNotice?: ((notice: string) => void) | undefined;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((step: string, fraction: number) => void) | undefined;
  /** A lower limit than that of the process. */
  readonly timeLimitMs?: number | undefined;
}

/**
 * The engine in a separate process, because closing a file here would drop POSIX locks that other extensions hold, and a
 * damaged database must not crash the editor. One call at a time, so that killing a call that hangs affects no other.
 */
export class EngineProcess {
  private child: ChildProcess | undefined;
  private current: Job | undefined;
  private readonly waiting: Job[] = [];
  private nextCallId = 1;
  private idleTimer: NodeJS.Timeout | undefined;
  private isDisposed = false;

  constructor(private readonly options: EngineOptions) {}

  /** Undefined while the process is not running. */
  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** Throws the engine's BackupError, `time-limit`, `cancelled`, or `io` if the process ended during the call. */
  call<Name extends OperationName>(
    operation: Name,
    params: Params<Name>,
    { signal, onProgress, timeLimitMs }: CallOptions = {},
  ): Promise<Result<Name>> {
    return new Promise<Result<Name>>((resolve, reject) => {
      const job: Job = {
        callId: this.nextCallId++,
        operation,
        params,
        onProgress,
        timeLimitMs,
        // The cast is safe because both processes are built from the same types.
        resolve: (value) => resolve(value as Result<Name>),
        reject,
        release: () => signal?.removeEventListener('abort', cancel),
      };
      const cancel = (): void => this.cancel(job);
      if (signal?.aborted === true || this.isDisposed) {
        reject(cancelled());
        return;
      }
      signal?.addEventListener('abort', cancel, { once: true });
      this.waiting.push(job);
      this.next();
    });
  }

  dispose(): void {
    this.isDisposed = true;
    clearTimeout(this.idleTimer);
    for (const job of this.waiting.splice(0)) this.finish(job, () => job.reject(cancelled()));
    // Keeps the end of the process from being reported as unexpected.
    if (this.current !== undefined) this.current.failure ??= cancelled();
    // An uninterruptible operation finishes first; then the process ends because it is disconnected.
    if (this.current === undefined || INTERRUPTIBLE.has(this.current.operation)) this.child?.kill();
    else this.child?.disconnect();
  }

  private next(): void {
    if (this.current !== undefined) return;
    const job = this.waiting.shift();
    if (job === undefined) {
      this.stopWhenIdle();
      return;
    }
    clearTimeout(this.idleTimer);
    this.current = job;
    const limitMs = Math.min(this.options.timeLimitMs(), job.timeLimitMs ?? Infinity);
    job.timer = setTimeout(() => this.end(job, tooLong(job.operation, limitMs)), limitMs);
    this.child ??= this.start();
    const request: Request = { callId: job.callId, operation: job.operation, params: job.params };
    // A dead process is reported by 'exit', so the error of the channel is ignored.
    this.child.send(request, () => undefined);
  }

  private cancel(job: Job): void {
    const index = this.waiting.indexOf(job);
    if (index !== -1) {
      this.waiting.splice(index, 1);
      this.finish(job, () => job.reject(cancelled()));
      return;
    }
    if (this.current === job && INTERRUPTIBLE.has(job.operation)) this.end(job, cancelled());
  }

  /** Kills the process during a call, which fails with this error. */
  private end(job: Job, error: BackupError): void {
    job.failure = error;
    this.options.onLog(`Ending the engine process ${String(this.child?.pid)}: ${error.message}`);
    this.child?.kill('SIGKILL');
  }

  private finish(job: Job, act: () => void): void {
    clearTimeout(job.timer);
    job.release();
    if (this.current === job) this.current = undefined;
    act();
  }

  private start(): ChildProcess {
    const { entry, environment, onLog } = this.options;
    const child = fork(entry, [], {
      // Runs VS Code's Electron as plain Node.js, without VS Code's own arguments.
      env: { ...process.env, ...environment, ELECTRON_RUN_AS_NODE: '1' },
      execArgv: [],
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    onLog(`Started the engine process ${String(child.pid)}`);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (data: Buffer) => onLog(`engine: ${data.toString().trimEnd()}`));
    }
    child.on('message', (message) => this.receive(message as Response));
    child.on('error', (error) => this.onChildEnd(child, `it could not be started (${error.message})`));
    child.on('exit', (code, signal) => this.onChildEnd(child, signal ?? `exit status ${String(code)}`));
    return child;
  }

  private receive(response: Response): void {
    if (response.kind === 'warning' || response.kind === 'notice') {
      this.options.onLog(response.message);
      if (response.kind === 'notice') this.options.onNotice?.(response.message);
      return;
    }
    const job = this.current;
    if (job?.callId !== response.callId) return;
    if (response.kind === 'progress') {
      job.onProgress?.(response.step, response.fraction);
      return;
    }
    const act = (): void =>
      response.kind === 'result' ? job.resolve(response.value) : job.reject(errorFrom(response.error));
    this.finish(job, act);
    this.next();
  }

  private onChildEnd(child: ChildProcess, reason: string): void {
    if (this.child !== child) return;
    this.child = undefined;
    this.options.onLog(`The engine process ${String(child.pid)} ended: ${reason}`);
    const job = this.current;
    if (job !== undefined) this.finish(job, () => job.reject(job.failure ?? crashed(job.operation, reason)));
    if (!this.isDisposed) this.next();
  }

  private stopWhenIdle(): void {
    clearTimeout(this.idleTimer);
    if (this.child === undefined) return;
    this.idleTimer = setTimeout(() => {
      const idle = this.child;
      // Cleared first, so that a call during the shutdown starts a new process.
      this.child = undefined;
      idle?.disconnect();
      this.options.onLog(`Stopped the idle engine process ${String(idle?.pid)}`);
    }, this.options.idleMs);
    this.idleTimer.unref();
  }
}

interface Job {
  readonly callId: number;
  readonly operation: OperationName;
  readonly params: unknown;
  readonly onProgress: CallOptions['onProgress'];
  readonly timeLimitMs: number | undefined;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly release: () => void;
  timer?: NodeJS.Timeout;
  /** Why the process was killed. */
  failure?: BackupError;
}

function cancelled(): BackupError {
  return new BackupError('Cancelled', { code: 'cancelled', operation: 'wait for the engine' });
}

/** The process ended during a call, so the engine itself could neither report nor record a failure. */
export class EngineEnded extends BackupError {}

function tooLong(operation: OperationName, limitMs: number): EngineEnded {
  return new EngineEnded(`The engine did not finish within ${Math.round(limitMs / 1000)} seconds`, {
    code: 'time-limit',
    operation,
    hint: 'The database may be damaged or very large. To allow more time, increase the setting "featureBackups.engine.timeLimitSeconds".',
  });
}

function crashed(operation: OperationName, reason: string): EngineEnded {
  return new EngineEnded(`The engine process ended unexpectedly: ${reason}`, {
    code: 'io',
    operation,
    hint: 'Try again. For details, see the log.',
  });
}
