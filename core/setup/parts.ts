import { relative } from 'node:path';
import { applyConnectionPlan, manualEditText, unifiedDiff, type ConnectionPlan } from '../agents/index.js';
import { applyInstall, applyUninstall, type FileState, type HookPlan } from '../git/index.js';
import type { Ports } from '../system/index.js';
import type { SetupPart } from './setupPlan.js';

/** `taken`: files that another part changes already, such as the user's settings for all projects. */
export function connectionPart(planned: ConnectionPlan, taken: ReadonlySet<string> = new Set()): SetupPart {
  const plan = { ...planned, edits: planned.edits.filter(({ path }) => !taken.has(path)) };
  const { kind, project, edits, notes, warnings, manualEdits } = plan;
  const { root } = project;
  const diff = edits.map(({ path, before, after }) => unifiedDiff(pathIn(root, path), before, after)).join('');
  const files = edits.map(({ path }) => path);
  return {
    kind,
    root,
    files,
    ownFiles: [],
    diff,
    notes: [...notes, ...warnings, ...manualEdits.map(manualEditText)],
    plan,
  };
}

export function hookPart(plan: HookPlan): SetupPart {
  const { repository, changes, ownChanges, moves, notes } = plan;
  const { workTree } = repository;
  const diff = changes.map(({ path, before, after }) =>
    unifiedDiff(pathIn(workTree, path), textOf(before), textOf(after)),
  );
  const ownFiles = ownChanges.map(({ path }) => path);
  const files = [...changes.map(({ path }) => path), ...ownFiles];
  const moved = moves.map(({ from, to }) => `${pathIn(workTree, from)} moves to ${pathIn(workTree, to)}`);
  return { kind: 'git', root: workTree, files, ownFiles, diff: diff.join(''), notes: [...moved, ...notes], plan };
}

export function isEmpty({ plan }: SetupPart): boolean {
  return 'isEmpty' in plan ? plan.isEmpty : plan.edits.length + plan.manualEdits.length === 0;
}

/** Throws if a file has changed since the plan was made. */
export function install({ plan }: SetupPart, ports: Ports): void {
  if ('repository' in plan) applyInstall(plan, ports);
  else applyConnectionPlan(plan, ports);
}

/** Throws if a file has changed since the plan was made. */
export async function uninstall({ plan }: SetupPart, ports: Ports): Promise<void> {
  if ('repository' in plan) await applyUninstall(plan, ports);
  else applyConnectionPlan(plan, ports);
}

function textOf(state: FileState | null): string | undefined {
  return state?.content.toString('utf8');
}

function pathIn(folder: string, path: string): string {
  const inside = relative(folder, path);
  return inside.startsWith('..') ? path : inside;
}
