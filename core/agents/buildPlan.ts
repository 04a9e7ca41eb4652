import { relative } from 'node:path';
import { isWithin, type Ports } from '../system/index.js';
import type { AgentProject, ConnectionObstacle, ConnectionPlan, FileEdit } from './connection.js';
import { gitSharing } from './gitSharing.js';
import { unifiedDiff } from './unifiedDiff.js';

/** The text to restore when our entries are removed from this text; undefined deletes the file. */
export type FindOriginal = (path: string, text: string, withoutOurs: string) => string | undefined;

/** The parts of a plan that depend on its kind; the edits may include files that do not change. */
export type PlanParts = Pick<ConnectionPlan, 'kind' | 'action' | 'project' | 'edits'> &
  Partial<Pick<ConnectionPlan, 'manualEdits' | 'connectedFiles' | 'obstacles' | 'notes' | 'warnings'>>;

export function buildPlan({ edits: candidates, ...parts }: PlanParts, ports: Ports): ConnectionPlan {
  const { kind, action, project, notes = [], warnings = [], obstacles = [] } = parts;
  const edits = candidates.filter(({ before, after }) => before !== after);
  const what = kind === 'claude' ? 'hook' : 'tap';
  const shared = action === 'connect' ? edits.flatMap((edit) => sharingNote(what, edit, project, ports)) : [];
  return {
    kind,
    action,
    project,
    edits,
    diff: edits.map(({ path, before, after }) => unifiedDiff(displayPath(path, project), before, after)).join(''),
    manualEdits: parts.manualEdits ?? [],
    connectedFiles: parts.connectedFiles ?? [],
    obstacles,
    notes: [...shared, ...notes],
    warnings: [...warnings, ...obstacles.map(obstacleText)],
  };
}

export function obstacleText({ message, hint }: ConnectionObstacle): string {
  return `${message}. ${hint}.`;
}

/** Relative to the project if the file is inside it. */
export function displayPath(path: string, { root }: AgentProject): string {
  return isWithin(root, path) ? relative(root, path) : path;
}

function sharingNote(what: string, { path, within }: FileEdit, project: AgentProject, ports: Ports): readonly string[] {
  // Users who keep their own settings in git know that these contain paths of this computer.
  const sharing = within === project.root ? gitSharing(project.root, path, ports) : 'private';
  if (sharing === 'private') return [];
  const name = displayPath(path, project);
  const shared = `anyone who pulls it gets this ${what}, with the paths of this computer`;
  return [
    sharing === 'tracked'
      ? `git tracks ${name}: ${shared}.`
      : `git does not ignore ${name}. If you commit it, ${shared}.`,
  ];
}
