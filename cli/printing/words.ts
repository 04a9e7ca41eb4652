const STEPS: readonly (readonly [limitSeconds: number, seconds: number, unit: string])[] = [
  [3600, 60, 'min'],
  [86_400, 3600, 'h'],
  [86_400 * 60, 86_400, 'd'],
  [86_400 * 730, 86_400 * 30.44, 'months'],
  [Infinity, 86_400 * 365.25, 'years'],
];

/** "3 min ago"; "in the future" for a time after `now`. */
export function age(then: Date, now: Date): string {
  const seconds = (now.getTime() - then.getTime()) / 1000;
  if (!Number.isFinite(seconds)) return 'unknown';
  if (seconds < -5) return 'in the future';
  if (seconds < 60) return seconds < 5 ? 'just now' : `${seconds.toFixed(0)} s ago`;
  for (const [limit, unitSeconds, unit] of STEPS) {
    if (seconds < limit) return `${String(Math.floor(seconds / unitSeconds))} ${unit} ago`;
  }
  return 'unknown';
}

/** "database missing" for a problem's code: codes use gone, texts use missing. */
export function codeWords(code: string): string {
  return code.replaceAll('-', ' ').replace(/ gone$/, ' missing');
}
