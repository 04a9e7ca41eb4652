import type { ProjectSummary } from '../../core/engine.js';
import { visible } from '../../core/system/index.js';
import type { Console } from '../console.js';
import { age } from './words.js';

/** "Last proven restorable": by the last drill, or that it failed, which outranks every good backup. */
export function provenText({ lastProven, jobs }: ProjectSummary, { colours, ports }: Console): string {
  const { drill } = jobs;
  const proven =
    lastProven === undefined
      ? provenOnce(drill?.lastOkAt, ports.now())
      : `${visible(lastProven.backup.id)}, ${age(lastProven.at, ports.now())}`;
  if (drill?.ok !== false)
    return proven ?? colours.dim('never: feature-backups drill proves that backups can be restored');
  const since = drill.failingSince === undefined ? '' : `, since ${age(new Date(drill.failingSince), ports.now())}`;
  const failed = colours.red(`the last drill failed${since}: ${visible(drill.problem ?? 'unknown reason')}`);
  return proven === undefined ? failed : `${failed}; proven before: ${proven}`;
}

/** What was proven may be pruned by now, or have failed since. */
function provenOnce(lastOkAt: string | undefined, now: Date): string | undefined {
  return lastOkAt === undefined
    ? undefined
    : `none of the backups there are now; another, ${age(new Date(lastOkAt), now)}`;
}
