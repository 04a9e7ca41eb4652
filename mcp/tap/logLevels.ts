import { property } from './tools.js';

/** Whether the client accepts log messages of the level "warning": by default if the server has declared `logging`. */
export class LogLevels {
  private isDeclared = false;
  private level: string | undefined;

  readResponse(response: unknown): void {
    const capabilities = property(property(response, 'result'), 'capabilities');
    if (property(capabilities, 'logging') !== undefined) this.isDeclared = true;
  }

  setLevel(level: string): void {
    this.level = level;
  }

  /** `callLevel`: the level requested by the call itself (protocol revision 2026-07-28). */
  acceptsWarnings(callLevel: string | undefined): boolean {
    if (callLevel !== undefined) return LEVELS_UP_TO_WARNING.has(callLevel);
    if (this.level !== undefined) return LEVELS_UP_TO_WARNING.has(this.level);
    return this.isDeclared;
  }
}

const LEVELS_UP_TO_WARNING: ReadonlySet<string> = new Set(['debug', 'info', 'notice', 'warning']);
