import { resolve } from 'node:path';
import { hookProgramIn, planInstall, applyInstall, HOOK_MANAGERS, type HookManager } from '../../core/git/index.js';
import { EXIT } from '../../core/system/index.js';
import type { Command, Invocation } from '../command.js';
import { wrongUsage } from '../parseInvocation.js';
import { printHookPlan } from '../printing/hookPlan.js';

export const installCommand: Command = {
  name: 'install',
  summary: 'have git make a backup before every commit',
  arguments: 'git',
  description:
    'Fits itself into what the repository has: husky, lefthook, simple-git-hooks, pre-commit, the hooks of git’s own\n' +
    'configuration (git 2.54 and newer), or its hooks folder. A hook that is there is kept, and runs as before.\n' +
    'FEATURE_BACKUPS=0 git commit … commits without it.',
  subjects: ['git'],
  selectors: { least: 1, most: 1 },
  options: {
    'dry-run': { type: 'boolean', description: 'show what would change, and change nothing' },
    using: { type: 'string', value: 'WHAT', description: `one of ${HOOK_MANAGERS.join(', ')}` },
  },
  examples: [
    ['feature-backups install git --dry-run', 'see what it would change'],
    ['feature-backups install git', 'in the repository of the working directory'],
    ['feature-backups install git --project apps/shop', 'with a project deep below the top of the repository'],
  ],
  async run(invocation, console) {
    const folder = resolve(console.cwd, invocation.project ?? '.');
    const plan = await planInstall(folder, hookProgramIn(programFolder(), console.ports), console.ports, {
      projects: invocation.project === undefined ? [] : [folder],
      using: managerIn(invocation),
    });
    const isDryRun = invocation.options.has('dry-run');
    if (!isDryRun && !plan.isDone) applyInstall(plan, console.ports);
    printHookPlan(plan, { what: 'install', isDryRun }, console);
    return EXIT.done;
  },
};

/** The bundles lie side by side; run from its sources, the program is where the build puts it. */
function programFolder(): string {
  return import.meta.filename.endsWith('.ts') ? resolve(import.meta.dirname, '../../dist') : import.meta.dirname;
}

function managerIn({ options }: Invocation): HookManager | undefined {
  const name = options.text('using');
  const manager = HOOK_MANAGERS.find((candidate) => candidate === name);
  if (name === undefined || manager !== undefined) return manager;
  throw wrongUsage(installCommand, `--using takes one of ${HOOK_MANAGERS.join(', ')}, not ${name}`);
}
