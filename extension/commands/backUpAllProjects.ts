import * as vscode from 'vscode';
import { projects } from '../words/amounts.js';
import { l10n } from '../words/l10n.js';
import { plainLine } from '../words/plainText.js';
import { backUpProject } from './projectActions.js';
import type { Command } from './command.js';
import { withEachProject, type FailedProject } from './eachProject.js';

export const backUpAllProjects: Command = {
  name: 'backUpAllProjects',
  writes: true,
  run: async (services) => {
    let created = 0;
    let unchanged = 0;
    const damaged: string[] = [];
    const { count, failed } = await withEachProject(
      services,
      l10n.t('Backing up all projects'),
      async ({ root, name }, options) => {
        const outcome = await backUpProject(services, root, { source: 'editor', reason: 'manual' }, options);
        if (outcome.status === 'created') created += 1;
        if (outcome.status === 'unchanged') unchanged += 1;
        if (outcome.status === 'damaged') damaged.push(name);
      },
    );
    const done = l10n.t('{0} of {1} backed up, {2} unchanged.', created, projects(count), unchanged);
    if (failed.length === 0 && damaged.length === 0) void vscode.window.showInformationMessage(done);
    else void vscode.window.showErrorMessage([done, ...sentences(damaged, failed)].join(' '));
  },
};

function sentences(damaged: readonly string[], failed: readonly FailedProject[]): readonly string[] {
  const [first] = failed;
  return [
    ...(damaged.length === 0 ? [] : [l10n.t('Damaged databases: {0}.', damaged.map(plainLine).join(', '))]),
    ...(first === undefined ? [] : [failureSentence(first, failed.length)]),
  ];
}

function failureSentence({ name, error }: FailedProject, failedCount: number): string {
  return failedCount === 1
    ? l10n.t('“{0}” failed: {1}.', plainLine(name), plainLine(error.message))
    : l10n.t('{0} failed, for example “{1}”: {2}.', projects(failedCount), plainLine(name), plainLine(error.message));
}
