import { visible } from '../../core/system/index.js';

/** Work shorter than this shows nothing. */
const QUIET_MS = 1000;
const REDRAW_MS = 100;
const BAR_COLUMNS = 24;

export interface ProgressBar {
  /** Drawn only once the work has taken a second, or where the next step is known to. */
  readonly report: (step: string, fraction: number, isLong?: boolean) => void;
  /** Wipes the line, so that what follows starts on a clean one. */
  readonly clear: () => void;
}

/** A bar on standard error for work that takes over a second. */
export function progressBar(write: (text: string) => void, nowMs: () => number): ProgressBar {
  const startedMs = nowMs();
  let drawnMs = -Infinity;
  return {
    report: (step, fraction, isLong = false) => {
      const now = nowMs();
      if (!isLong && (now - startedMs < QUIET_MS || now - drawnMs < REDRAW_MS)) return;
      drawnMs = now;
      write(`\r\u001B[K${drawBar(step, fraction)}`);
    },
    clear: () => {
      if (drawnMs === -Infinity) return;
      drawnMs = -Infinity;
      write('\r\u001B[K');
    },
  };
}

export function drawBar(step: string, fraction: number): string {
  const share = Math.min(1, Math.max(0, Number.isFinite(fraction) ? fraction : 0));
  const full = Math.round(share * BAR_COLUMNS);
  const percent = `${String(Math.floor(share * 100)).padStart(3)} %`;
  return `${'█'.repeat(full)}${'░'.repeat(BAR_COLUMNS - full)} ${percent}  ${visible(step)}`;
}
