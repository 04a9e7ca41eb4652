import { openProject, restore, undoRestore } from '../../core/engine.js';
import { afterBackup } from '../afterBackup.js';
import type { Command } from '../command.js';
import { RESTORE_OPTIONS, restoreWithConsent } from '../restoring.js';

export const undoCommand: Command = {
  name: 'undo',
  summary: 'undo the last restore',
  arguments: '[project]',
  description: 'Undo the last restore by restoring the emergency backup it made; an undo can itself be undone.',
  options: RESTORE_OPTIONS,
  selectors: { minArguments: 0, maxArguments: 0 },
  examples: [
    ['feature-backups undo --dry-run', 'preview only'],
    ['feature-backups undo', 'undo after confirmation'],
  ],
  async run(invocation, console) {
    const engine = { ports: console.ports, cwd: console.cwd };
    const project = await openProject(invocation.project, engine);
    const { plan } = await undoRestore(project, { ...engine, dryRun: true });
    const force = invocation.options.has('force');
    // By its full name, to restore exactly what the preview showed.
    const carryOut = () => restore(project, plan.backup.id, { ...engine, force, afterBackup });
    return await restoreWithConsent({ plan, carryOut }, invocation, console);
  },
};
