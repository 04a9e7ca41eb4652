import type { Backup } from '../../core/store/index.js';
import { backups, problems as problemCount } from '../words/amounts.js';
import { l10n } from '../words/l10n.js';
import { plainLine } from '../words/plainText.js';
import { ago, dayKey, dayName } from '../words/times.js';
import type { TreeNode, ProjectNode, ProblemNode, NoteNode, GroupNode } from './treeNodes.js';
import { matchesFilter } from './filter.js';
import { historyNode } from './historyTree.js';
import type { ProjectState } from './projectState.js';
import { isCounted, shownProblems } from './shownProblem.js';

/** Empty if there is nothing to list; the view then shows its welcome content. */
export function buildTree(projects: readonly ProjectState[], filter: string, now: Date): readonly TreeNode[] {
  const [only] = projects;
  if (only === undefined) return [];
  if (projects.length === 1) return isBlank(only, now) ? [] : projectContent(only, filter, now);
  return projects.map((project) => projectNode(project, filter, now));
}

/** The age of the last successful test restore, if there is only one project. */
export function viewDescription(projects: readonly ProjectState[], now: Date): string | undefined {
  const provenAt = projects.length === 1 ? projects[0]?.overview?.provenAt : undefined;
  return provenAt === undefined ? undefined : l10n.t('restore tested {0}', ago(provenAt, now));
}

/** Without information. */
export function countProblems(projects: readonly ProjectState[]): number {
  return projects.reduce((sum, project) => sum + problemsOf(project), 0);
}

/** Nothing to list, and no problem except missing backups. */
function isBlank(project: ProjectState, now: Date): boolean {
  const { overview } = project;
  if (problemNodes(project, now).length > 0) return false;
  return overview === undefined || (overview.backups.length === 0 && overview.history.stateCount === 0);
}

function projectNode(project: ProjectState, filter: string, now: Date): ProjectNode {
  const count = project.overview?.backups.length ?? 0;
  const problemTotal = problemsOf(project);
  return {
    kind: 'project',
    id: project.root,
    root: project.root,
    label: plainLine(project.name),
    description: problemTotal > 0 ? problemCount(problemTotal) : backups(count),
    children: projectContent(project, filter, now),
  };
}

function problemsOf(project: ProjectState): number {
  return shownProblems(project, new Date()).filter(isCounted).length;
}

function projectContent(project: ProjectState, filter: string, now: Date): readonly TreeNode[] {
  const { root, overview } = project;
  const all = overview?.backups ?? [];
  const shown = all.filter((backup) => matchesFilter(backup, filter));
  const nodes: TreeNode[] = [...problemNodes(project, now)];
  const emergencies = emergencyGroup(root, shown, overview?.canUndo === true);
  nodes.push(...expandFirst([...dayGroups(root, shown, now), ...emergencies], filter !== ''));
  if (overview !== undefined && !all.some(isOrdinary)) nodes.push(noBackupsNote(root));
  else if (shown.length === 0 && all.length > 0) nodes.push(noMatchNote(root));
  if (overview !== undefined) nodes.push(...historyNode(root, overview.history.stateCount, filter));
  return nodes;
}

/** Without the lack of backups, which the welcome content or a note shows. */
function problemNodes(project: ProjectState, now: Date): readonly ProblemNode[] {
  const { root } = project;
  return shownProblems(project, now)
    .filter(({ code }) => code !== 'never-backed-up')
    .map((problem) => ({ kind: 'problem', id: `${root}|problem|${problem.id}`, root, problem, children: [] }));
}

function expandFirst(groups: readonly GroupNode[], all: boolean): readonly GroupNode[] {
  return groups.map((group, index) => ({ ...group, isExpanded: all || index === 0 }));
}

function dayGroups(root: string, shown: readonly Backup[], now: Date): readonly GroupNode[] {
  const days = new Map<string, Backup[]>();
  for (const backup of shown.filter(isOrdinary)) {
    const key = dayKey(backup.createdAt);
    const day = days.get(key);
    if (day === undefined) days.set(key, [backup]);
    else day.push(backup);
  }
  return [...days.entries()]
    .sort(([a], [b]) => b.localeCompare(a))
    .map(([key, ofDay]) => groupNode(root, key, dayName(ofDay[0]?.createdAt ?? now, now), ofDay, false));
}

function emergencyGroup(root: string, shown: readonly Backup[], canUndo: boolean): readonly GroupNode[] {
  const emergencies = shown.filter((backup) => backup.kind === 'emergency');
  if (emergencies.length === 0) return [];
  return [{ ...groupNode(root, 'emergency', l10n.t('Emergency backups'), emergencies, true), canUndo }];
}

function groupNode(
  root: string,
  key: string,
  label: string,
  ofGroup: readonly Backup[],
  isEmergency: boolean,
): GroupNode {
  return {
    kind: 'group',
    id: `${root}|${key}`,
    root,
    label,
    description: String(ofGroup.length),
    isEmergency,
    canUndo: false,
    isExpanded: false,
    children: ofGroup.map((backup) => ({
      kind: 'backup',
      id: `${root}|backup|${backup.id}`,
      root,
      backup,
      children: [],
    })),
  };
}

function noBackupsNote(root: string): NoteNode {
  const label = l10n.t('No backups yet. Click to back up now.');
  return { kind: 'note', id: `${root}|none`, root, label, action: 'backUpNow', children: [] };
}

function noMatchNote(root: string): NoteNode {
  const label = l10n.t('No backups match the filter');
  return { kind: 'note', id: `${root}|noMatch`, root, label, action: 'clearFilter', children: [] };
}

function isOrdinary({ kind }: Backup): boolean {
  return kind === 'ordinary';
}
