import type { Server } from './spawnServer.js';

/**
 * Sees to it that the server ends when its client has gone. A client that only closed its end of standard input may still
 * wait for answers, so such a server is given as long as it goes on speaking; a client that is gone altogether waits for
 * nothing.
 */
export class Ending {
  private readonly server: Server;
  private readonly times: EndingTimes;
  private timer: NodeJS.Timeout | undefined;
  private isClientGone = false;
  private isEscalating = false;

  constructor(server: Server, times: EndingTimes = ENDING_TIMES) {
    this.server = server;
    this.times = times;
  }

  /** The client has closed its end; the server's standard input is closed, too. */
  onInputClosed(): void {
    if (!this.isClientGone) this.waitFor(this.times.lullMs);
  }

  /** The server has said something. */
  onSpoken(): void {
    if (this.timer !== undefined && !this.isClientGone && !this.isEscalating) this.waitFor(this.times.lullMs);
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

export interface EndingTimes {
  /** How long a silent server may go on after its standard input was closed by a client that still lives. */
  readonly lullMs: number;
  /** How long it may take to end of itself, and then after SIGTERM, when nobody is there any more. */
  readonly graceMs: number;
}

const ENDING_TIMES: EndingTimes = { lullMs: 30_000, graceMs: 1500 };
