import type { ManualEdit } from './connection.js';

/** Instructions for the user, with the values to paste. */
export function manualEditText({ path, keys, server, command, args }: ManualEdit): string {
  const place = keys.slice(0, -1).join(' > ');
  const values = JSON.stringify({ command, args }, null, 2).split('\n').slice(1, -1).join('\n');
  return `The server "${server}" (${place} in ${path}) must be changed by hand, because Claude Code constantly rewrites that file. In its entry, set:\n${values}`;
}
