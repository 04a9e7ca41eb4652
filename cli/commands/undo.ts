import { openProject, restore, undoRestore } from '../../core/engine.js';
import type { Command } from '../command.js';
import { RESTORE_OPTIONS, restoreWithConsent } from '../restoring.js';

export const undoCommand: Command = {
  name: 'undo',
  summary: 'take the last restore back',
  arguments: '[project]',
  description:
    'Restores the emergency backup that the last restore made. That is a restore too, and can be undone in turn.',
  options: RESTORE_OPTIONS,
  selectors: { least: 0, most: 0 },
  examples: [['feature-backups undo --dry-run', 'what undoing would change']],
  async run(invocation, console) {
    const engine = { ports: console.ports, cwd: console.cwd };
    const project = await openProject(invocation.project, engine);
    const { plan } = await undoRestore(project, { ...engine, dryRun: true });
    const force = invocation.options.has('force');
    // By its name, so that what is carried out is what was shown.
    const carryOut = () => restore(project, plan.backup.id, { ...engine, force });
    return await restoreWithConsent({ plan, carryOut }, invocation, console);
  },
};
