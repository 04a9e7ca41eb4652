import { countDifferences, featuresInWords } from '../core/database/index.js';
import { assertRestorable, type RestoreOutcome, type RestorePlan } from '../core/engine.js';
import { countInWords, EXIT, visible, type ExitCode } from '../core/system/index.js';
import type { Invocation, Option } from './command.js';
import { CONSENT_OPTIONS } from './command.js';
import { confirm } from './confirm.js';
import type { Console } from './console.js';
import { briefLines, summaryOf } from './printing/comparison.js';
import { printTable } from './printing/table.js';
import { backupView, planView } from './views.js';

export const RESTORE_OPTIONS: Readonly<Record<string, Option>> = {
  ...CONSENT_OPTIONS,
  force: {
    type: 'boolean',
    description: 'even if an agent is running, or a program has the database open (if possible)',
  },
};

const MAX_PREVIEWED = 20;

/** A plan, and the restore to run once it is confirmed. */
export interface PlannedRestore {
  readonly plan: RestorePlan;
  /** The part of the backup that is restored: "2 features"; undefined = all of it. */
  readonly part?: string | undefined;
  readonly carryOut: () => Promise<RestoreOutcome>;
}

/** Previews, confirms, runs and reports a restore or its undo. */
export async function restoreWithConsent(
  { plan, part, carryOut }: PlannedRestore,
  invocation: Invocation,
  console: Console,
): Promise<ExitCode> {
  if (invocation.options.has('dry-run') || plan.isUnchanged) {
    printPlan(plan, console);
    console.printJson({ status: plan.isUnchanged ? 'unchanged' : 'planned', plan: planView(plan) });
    return EXIT.done;
  }
  await assertRestorable(plan, invocation.options.has('force'));
  printPlan(plan, console);
  const what = part ?? contentOf(plan);
  if ((await confirm(confirmationFor(plan, what), invocation, console)) === 'declined') return EXIT.refused;
  return report(await carryOut(), part, console);
}

/** "598 features"; the features of a damaged database cannot be counted. */
function contentOf({ backupCounts }: RestorePlan): string {
  return backupCounts === undefined ? 'a copy of a damaged database' : countInWords(backupCounts.total, 'feature');
}

function confirmationFor(plan: RestorePlan, what: string) {
  const changes = plan.comparison === undefined ? '' : `: ${summaryOf(plan.comparison)}`;
  const wouldDo = `restore ${what} from ${plan.backup.id}${changes}`;
  return { question: `Restore ${what}? ${effectText(plan)}`, wouldDo, path: plan.databasePath };
}

/** The effect on the live database. */
function effectText({ comparison, live }: RestorePlan): string {
  if (live === 'missing') return 'The live database is missing.';
  if (comparison === undefined) return 'The current database is saved as an emergency backup.';
  const { added, removed, changed } = countDifferences(comparison);
  const effects = [
    ...(removed > 0 ? [`removes ${countInWords(removed, 'feature')}`] : []),
    ...(added > 0 ? [`adds ${String(added)}`] : []),
    ...(changed > 0 ? [`changes ${String(changed)}`] : []),
  ];
  if (effects.length === 0) return 'No features change.';
  return `This ${effects.join(', ')}. The current database is saved, so you can undo this.`;
}

function printPlan(plan: RestorePlan, console: Console): void {
  const { colours } = console;
  if (plan.isUnchanged) {
    console.print(`Nothing to restore: the live database already matches ${visible(plan.backup.id)}.\n`);
    return;
  }
  printTable(
    console,
    [{ title: '' }, { title: 'DATABASE' }, { title: 'FEATURES', align: 'right' }, { title: 'PASSING', align: 'right' }],
    [
      ['current', visible(plan.databasePath), number(plan.liveCounts?.total), number(plan.liveCounts?.passing)],
      ['backup', visible(plan.backup.id), number(plan.backupCounts?.total), number(plan.backupCounts?.passing)],
    ],
  );
  if (plan.live !== 'sound') console.print(`The live database is ${colours.red(plan.live)}.\n`);
  for (const problem of plan.problems) console.print(`  ${visible(problem)}\n`);
  const { salvage } = plan;
  if (salvage !== undefined) {
    const merged = salvage.merged.length === 0 ? 'nothing' : countInWords(salvage.merged.length, 'feature');
    const leftOut = salvage.leftOut.length;
    const rest = leftOut === 0 ? '' : `; ${String(leftOut)} left out because not fully readable`;
    console.print(`Salvaged from the live database: ${merged} newer than in the backup, or missing from it${rest}.\n`);
  }
  for (const { code } of plan.blockers) console.print(`${colours.yellow(BLOCKER_TEXTS[code])}\n`);
  if (plan.comparison === undefined) return;
  console.print(`Changes: ${summaryOf(plan.comparison)}\n`);
  const lines = briefLines(plan.comparison, console, MAX_PREVIEWED);
  if (lines.length > 0) console.print(`${lines.join('\n')}\n`);
}

const BLOCKER_TEXTS = {
  'agent-running': 'An agent is running.',
  'database-in-use': 'Another program has the database open.',
} as const;

function number(value: number | undefined): string {
  return value === undefined ? '?' : String(value);
}

function report(outcome: RestoreOutcome, part: string | undefined, console: Console): ExitCode {
  const { plan } = outcome;
  const emergency = outcome.status === 'restored' ? outcome.emergency : undefined;
  console.printJson({
    status: outcome.status,
    plan: planView(plan),
    emergency: emergency === undefined ? null : backupView(emergency),
  });
  if (outcome.status !== 'restored') {
    console.print('Nothing restored: the live database already matches that backup.\n');
    return EXIT.done;
  }
  const what = part ?? (plan.backupCounts === undefined ? contentOf(plan) : featuresInWords(plan.backupCounts));
  const proof =
    plan.backupCounts === undefined ? 'its bytes match the saved files' : 'the restored database is verified';
  console.print(`${console.colours.green('Restored')} ${what} from ${visible(plan.backup.id)}; ${proof}.\n`);
  if (emergency !== undefined) {
    console.print(
      `The previous database is saved as ${visible(emergency.id)}; run feature-backups undo to restore it.\n`,
    );
  }
  return EXIT.done;
}
