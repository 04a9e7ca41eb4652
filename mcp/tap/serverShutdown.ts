import type { Server } from './spawnServer.js';

/**
 * Ends the server after its client has ended. A client that only closed standard input may still wait for responses, so
 * the server then keeps running while it produces output.
 */
export class ServerShutdown {
  private readonly server: Server;
  private readonly times: ShutdownTimes;
  private timer: NodeJS.Timeout | undefined;
  private isClientGone = false;
  private isEscalating = false;

  constructor(server: Server, times: ShutdownTimes = SHUTDOWN_TIMES) {
    this.server = server;
    this.times = times;
  }

  /** The client closed its end, and the server's standard input was closed too. */
  onInputClosed(): void {
    if (!this.isClientGone) this.waitFor(this.times.silenceMs);
  }

  /** The server produced output. */
  onOutput(): void {
    if (this.timer !== undefined && !this.isClientGone && !this.isEscalating) this.waitFor(this.times.silenceMs);
  }

  onClientGone(): void {
    if (this.isClientGone) return;
    this.isClientGone = true;
    this.waitFor(this.times.graceMs);
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private waitFor(delayMs: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.terminate(), delayMs);
  }

  private terminate(): void {
    this.isEscalating = true;
    this.server.kill('SIGTERM');
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.server.kill('SIGKILL'), this.times.graceMs);
  }
}

export interface ShutdownTimes {
  /** How long a server may be silent after its standard input was closed, while the client is still running. */
  readonly silenceMs: number;
  /** Without a client: how long the server may take to end by itself, and again after SIGTERM. */
  readonly graceMs: number;
}

const SHUTDOWN_TIMES: ShutdownTimes = { silenceMs: 30_000, graceMs: 1500 };
