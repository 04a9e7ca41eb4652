/** "1 backup", "3 backups". */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${grouped(number)} ${number === 1 ? noun : plural}`;
}

/** "1,234,567". By hand: the first `toLocaleString` of a process takes as long as a whole backup. */
function grouped(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** "412 kB", in steps of a thousand. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${String(bytes)} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value < 9.95 ? value.toFixed(1) : value.toFixed(0)} ${units[unit] ?? ''}`;
}

const STEPS: readonly (readonly [limitSeconds: number, seconds: number, unit: string])[] = [
  [3600, 60, 'min'],
  [86_400, 3600, 'h'],
  [86_400 * 60, 86_400, 'd'],
  [86_400 * 730, 86_400 * 30.44, 'months'],
  [Infinity, 86_400 * 365.25, 'years'],
];

/** "3 min ago"; a time ahead of the clock is "in the future", and not hidden. */
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

/** "598 features, 200 passing"; what is not known is left out. */
export function counts({ total, passing }: { total?: number | undefined; passing?: number | undefined }): string {
  if (total === undefined) return 'an unknown number of features';
  return count(total, 'feature') + (passing === undefined ? '' : `, ${grouped(passing)} passing`);
}
