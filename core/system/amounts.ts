/** "1 backup", "1,234 backups". */
export function countInWords(number: number, noun: string, plural = `${noun}s`): string {
  return `${groupedDigits(number)} ${number === 1 ? noun : plural}`;
}

/** "1,234,567". Not `toLocaleString`, whose first call takes as long as a whole backup. */
export function groupedDigits(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** "412 kB", in steps of a thousand. */
export function sizeInWords(bytes: number): string {
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
