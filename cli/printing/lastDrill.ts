import type { ProjectSummary } from '../../core/engine.js';
import { visible } from '../../core/system/index.js';
import type { Console } from '../console.js';
import { age } from './words.js';

/** The last backup that passed a drill. A failed drill comes first, because it outranks every good backup. */
export function drillText({ lastProven, jobs }: ProjectSummary, { colours, ports }: Console): string {
  const { drill } = jobs;
  const passed =
    lastProven === undefined
      ? lastPassText(drill?.lastOkAt, ports.now())
      : `${visible(lastProven.backup.id)} passed ${age(lastProven.at, ports.now())}`;
  if (drill?.ok !== false)
    return passed ?? colours.dim('never run; run feature-backups drill to test that backups can be restored');
  const since = drill.failingSince === undefined ? '' : ` (first ${age(new Date(drill.failingSince), ports.now())})`;
  const failed = colours.red(`failed${since}: ${visible(drill.problem ?? 'unknown reason')}`);
  return passed === undefined ? failed : `${failed}; before that, ${passed}`;
}

/** The backup that passed may have been pruned since, or have failed. */
function lastPassText(lastOkAt: string | undefined, now: Date): string | undefined {
  return lastOkAt === undefined ? undefined : `passed ${age(new Date(lastOkAt), now)} with another backup`;
}
