import { findLostProject, findSeenDatabase, forgetProject, type RecordedBackup } from '../../core/engine.js';
import { BackupError, EXIT, visible } from '../../core/system/index.js';
import { CONSENT_OPTIONS, type Command } from '../command.js';
import { confirm } from '../confirm.js';
import { wrongUsage } from '../parseInvocation.js';

export const forgetCommand: Command = {
  name: 'forget',
  summary: 'stop reporting a project that was deleted on purpose',
  arguments: '<folder>',
  description:
    'Stop reporting a project that was deleted on purpose, and delete its copies in the vault after 30 days.',
  options: CONSENT_OPTIONS,
  selectors: { minArguments: 0, maxArguments: 0 },
  examples: [
    ['feature-backups forget ~/old-shop --dry-run', 'preview only'],
    ['feature-backups forget ~/old-shop', 'stop reporting it after confirmation'],
  ],
  async run(invocation, console) {
    const { project: folder, options } = invocation;
    if (folder === undefined)
      throw wrongUsage(forgetCommand, 'No folder given: name the folder of the deleted project');
    const engine = { ports: console.ports, cwd: console.cwd };
    const lost = await findLostProject(folder, engine);
    const seen = lost === undefined ? findSeenDatabase(folder, engine) : undefined;
    if (lost === undefined && seen === undefined) {
      throw new BackupError(`No deleted project is recorded for ${folder}`, {
        code: 'project-not-found',
        operation: 'forget the project',
        path: folder,
        hint: 'Run feature-backups check --all to see the folders of deleted projects.',
      });
    }
    const { root } = lost ?? seen ?? { root: folder };
    const lastBackup = lost?.lastBackup ?? null;
    console.print(`${visible(root)}: ${lastBackup === null ? 'never backed up' : lastBackupText(lastBackup)}\n`);
    const view = { root, lastBackup };
    if (options.has('dry-run')) {
      console.printJson({ status: 'planned', ...view });
      return EXIT.done;
    }
    const act = { question: `Stop reporting that ${visible(root)} is missing?`, wouldDo: `forget ${root}`, path: root };
    if ((await confirm(act, invocation, console)) === 'declined') return EXIT.refused;
    await forgetProject(root, engine);
    const copies = lastBackup === null ? '' : ' Its copies in the vault will be deleted after 30 days.';
    console.print(`Forgot ${visible(root)}.${copies}\n`);
    console.printJson({ status: 'forgotten', ...view });
    return EXIT.done;
  },
};

function lastBackupText({ id, createdAt }: RecordedBackup): string {
  return `last recorded backup ${visible(id)}, ${visible(createdAt.slice(0, 16).replace('T', ' '))}`;
}
