import type { Backup } from '../../core/store/index.js';

/** Raw emergency files hold no image that features could be read from. */
export function isComparable({ content }: Backup): boolean {
  return content === 'database';
}
