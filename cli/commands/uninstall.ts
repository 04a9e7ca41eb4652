import { resolve } from 'node:path';
import type { Command } from '../command.js';
import { carryOut } from './install.js';

export const uninstallCommand: Command = {
  name: 'uninstall',
  summary: 'take the git hooks out again',
  arguments: 'git',
  description: 'Leaves every file byte for byte as it was before; what was changed since is kept. Backups stay.',
  subjects: ['git'],
  selectors: { least: 1, most: 1 },
  options: { 'dry-run': { type: 'boolean', description: 'show what would change, and change nothing' } },
  examples: [['feature-backups uninstall git', 'in the repository of the working directory']],
  async run(invocation, console) {
    const { planUninstall } = await import('../../core/git/install/planUninstall.js');
    const { applyUninstall } = await import('../../core/git/install/applyPlan.js');
    const plan = await planUninstall(resolve(console.cwd, invocation.project ?? '.'), console.ports);
    return await carryOut(plan, () => applyUninstall(plan, console.ports), 'uninstall', invocation, console);
  },
};
