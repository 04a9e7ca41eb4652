import { relative } from 'node:path';
import { unifiedDiff } from '../../core/agents/index.js';
import type { FileChange, FileState, HookManager, HookPlan, InactiveHook } from '../../core/git/index.js';
import { visible, visibleLines } from '../../core/system/index.js';
import type { Console } from '../console.js';

export interface HookPlanReport {
  readonly what: 'install' | 'uninstall';
  readonly isDryRun: boolean;
  /** After an installation: a hook that git does not run. */
  readonly inactive?: InactiveHook | undefined;
}

/** The full diff in a dry run, otherwise one line per file. */
export function printHookPlan(plan: HookPlan, report: HookPlanReport, console: Console): void {
  const { repository, manager, moves, changes, ownChanges, notes, isEmpty } = plan;
  const { inactive } = report;
  console.printJson({
    repository: repository.workTree,
    manager,
    dryRun: report.isDryRun,
    alreadyDone: isEmpty,
    moves,
    changes: [...changes, ...ownChanges].map(({ path, before, after }) => ({ path, change: kindOf(before, after) })),
    notes,
    ...(inactive !== undefined && { problem: inactive.message, hint: inactive.hint }),
  });
  if (inactive !== undefined) {
    if (!isEmpty) printChanges(plan, report, console);
    console.note(`feature-backups: ${visible(inactive.message)}\n${inactive.hint}\n`);
    return;
  }
  if (isEmpty) {
    console.print(
      report.what === 'install' ? 'The git hooks are already installed.\n' : 'The git hooks are not installed.\n',
    );
    return;
  }
  printChanges(plan, report, console);
  for (const note of notes) console.print(`${visible(note)}\n`);
}

/** The full diff, shown before the question. */
export function printPreview(plan: HookPlan, what: HookPlanReport['what'], console: Console): void {
  printChanges(plan, { what, isDryRun: true }, console);
}

function printChanges(plan: HookPlan, report: HookPlanReport, console: Console): void {
  const { moves, changes, ownChanges } = plan;
  console.print(headline(plan, report));
  for (const { from, to } of moves) {
    console.print(`  moved   ${visible(displayPath(from, plan))} -> ${visible(displayPath(to, plan))}\n`);
  }
  for (const change of changes) console.print(report.isDryRun ? diffOf(change, plan) : lineOf(change, plan));
  for (const change of ownChanges) console.print(lineOf(change, plan));
}

const MANAGER_NAMES: Readonly<Record<HookManager, string>> = {
  husky: 'husky',
  lefthook: 'lefthook',
  'simple-git-hooks': 'simple-git-hooks',
  'pre-commit': 'pre-commit',
  prek: 'prek',
  'git-config': 'the git configuration',
  'hooks-folder': 'the hooks folder',
};

function headline({ repository, manager }: HookPlan, { what, isDryRun }: HookPlanReport): string {
  const verb = what === 'install' ? 'install' : 'remove';
  const done = what === 'install' ? 'Installed' : 'Removed';
  const place = `${what === 'install' ? 'into' : 'from'} ${MANAGER_NAMES[manager]} in ${visible(repository.workTree)}`;
  return `${isDryRun ? `Would ${verb}` : done} the git hooks ${place}\n`;
}

function diffOf({ path, before, after }: FileChange, plan: HookPlan): string {
  return visibleLines(unifiedDiff(displayPath(path, plan), textOf(before), textOf(after)));
}

function textOf(state: FileState | null): string | undefined {
  return state?.content.toString('utf8');
}

function lineOf({ path, before, after }: FileChange, plan: HookPlan): string {
  return `  ${kindOf(before, after).padEnd(7)} ${visible(displayPath(path, plan))}\n`;
}

function kindOf(before: FileState | null, after: FileState | null): 'created' | 'changed' | 'removed' {
  if (before === null) return 'created';
  return after === null ? 'removed' : 'changed';
}

function displayPath(path: string, { repository }: HookPlan): string {
  const inside = relative(repository.workTree, path);
  return inside.startsWith('..') ? path : inside;
}
