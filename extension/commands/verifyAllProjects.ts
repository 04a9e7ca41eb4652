import * as vscode from 'vscode';
import { backups } from '../words/amounts.js';
import { l10n } from '../words/l10n.js';
import { lookAgainAt } from './anyProject.js';
import type { Command } from './command.js';
import { withEachProject } from './eachProject.js';

/** Checks every backup of every project. */
export const verifyAllProjects: Command = {
  name: 'verifyAllProjects',
  writes: true,
  run: async (services) => {
    let checked = 0;
    const damaged: string[] = [];
    const { count, failed } = await withEachProject(
      services,
      l10n.t('Verifying the backups of all projects'),
      async ({ root, name }, options) => {
        const overview = await services.engine.call('look', { root }, options);
        for (const { id } of overview?.backups ?? []) {
          const { ok } = await services.engine.call('verify', { root, id }, options);
          checked += 1;
          if (!ok) damaged.push(`${name}: ${id}`);
        }
        await lookAgainAt(services, root);
      },
    );
    for (const name of damaged) services.log.info(`damaged: ${name}`);
    const [first] = failed;
    if (damaged.length > 0) {
      const message = l10n.t(
        '{0} of {1} are damaged, the first of them {2}',
        damaged.length,
        checked,
        damaged[0] ?? '',
      );
      void vscode.window.showErrorMessage(message);
    } else if (first !== undefined) {
      const message = l10n.t(
        '{0} could not be verified, the first of them {1}: {2}',
        failed.length,
        first.name,
        first.error.message,
      );
      void vscode.window.showErrorMessage(message);
    } else {
      void vscode.window.showInformationMessage(l10n.t('All {0} of {1} projects are whole.', backups(checked), count));
    }
  },
};
