import * as vscode from 'vscode';
import { BackupError } from '../../core/system/index.js';
import type { KnownProject } from '../../core/projects/index.js';
import type { CallOptions } from '../engine/engineProcess.js';
import { conditionOfProject } from '../model/surveyedProject.js';
import { l10n } from '../words/l10n.js';
import { plainLine } from '../words/plainText.js';
import type { Services } from './command.js';
import { dismissed } from './pick.js';
import { withProgress } from './progress.js';
import type { Target } from './target.js';

/** The target of a command, or the project that the user picks from the list of all. */
export async function pickListed(services: Services, target: Target): Promise<KnownProject> {
  const { allProjects } = services;
  const requested = target.root === undefined ? undefined : allProjects.find(target.root);
  if (requested !== undefined) return requested.known;
  const present = await presentProjects(services);
  const items = present.map((known) => ({ label: plainLine(known.name), description: plainLine(known.root), known }));
  const picked = await vscode.window.showQuickPick(items, { placeHolder: l10n.t('Select a project') });
  if (picked === undefined) throw dismissed();
  return picked.known;
}

export interface FailedProject {
  readonly name: string;
  readonly error: BackupError;
}

/**
 * Runs an action on every project with a backlog, one after the other, so the user can cancel between two. A failure
 * is reported at the end and does not stop the others.
 */
export async function withEachProject(
  services: Services,
  title: string,
  act: (project: KnownProject, options: CallOptions) => Promise<void>,
): Promise<{ readonly count: number; readonly failed: readonly FailedProject[] }> {
  const present = await presentProjects(services);
  const failed: FailedProject[] = [];
  await withProgress(title, async ({ signal, onProgress }) => {
    for (const [index, project] of present.entries()) {
      onProgress?.(project.name, index / present.length);
      try {
        await act(project, { signal });
      } catch (error) {
        if (!(error instanceof BackupError) || error.code === 'cancelled') throw error;
        services.log.error(`${title}: ${project.root}`, error);
        failed.push({ name: project.name, error });
      }
    }
  });
  return { count: present.length, failed };
}

async function presentProjects({ allProjects }: Services): Promise<readonly KnownProject[]> {
  if (!allProjects.isListed) await allProjects.refresh();
  const present = allProjects.projects.filter((project) => {
    const condition = conditionOfProject(project);
    return condition !== 'gone' && condition !== 'empty';
  });
  if (present.length > 0) return present.map(({ known }) => known);
  throw new BackupError(l10n.t('No projects found'), {
    code: 'project-not-found',
    operation: 'list the projects',
    hint: l10n.t(
      'Feature Backups lists AutoForge projects, folders in your user configuration file, and open workspaces.',
    ),
  });
}
