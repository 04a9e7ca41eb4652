import { resolve } from 'node:path';
import {
  applyInstall,
  findInactiveHook,
  HOOK_MANAGERS,
  planInstall,
  readHookProgram,
  type HookManager,
} from '../../core/git/index.js';
import { EXIT } from '../../core/system/index.js';
import type { Command, Invocation } from '../command.js';
import { wrongUsage } from '../parseInvocation.js';
import { printHookPlan } from '../printing/hookPlan.js';
import { programFolder } from '../programs.js';

export const installCommand: Command = {
  name: 'install',
  summary: 'install git hooks that back up before every commit',
  arguments: 'git',
  description: 'Install git hooks that back up before every commit; existing hooks keep running.',
  subjects: ['git'],
  selectors: { minArguments: 1, maxArguments: 1 },
  options: {
    'dry-run': { type: 'boolean', description: 'show what would change, and change nothing' },
    using: {
      type: 'string',
      value: 'MANAGER',
      description: `${HOOK_MANAGERS.slice(0, -1).join(', ')} or ${HOOK_MANAGERS.at(-1) ?? ''}`,
    },
  },
  examples: [
    ['feature-backups install git --dry-run', 'preview only'],
    ['feature-backups install git', 'in this repository'],
    ['feature-backups install git --project apps/shop', 'for a project deep inside the repository'],
  ],
  async run(invocation, console) {
    const folder = resolve(console.cwd, invocation.project ?? '.');
    const plan = await planInstall(folder, readHookProgram(programFolder(), console.ports), console.ports, {
      projects: invocation.project === undefined ? [] : [folder],
      using: managerIn(invocation),
    });
    const isDryRun = invocation.options.has('dry-run');
    if (!isDryRun && !plan.isEmpty) applyInstall(plan, console.ports);
    const inactive = isDryRun ? undefined : findInactiveHook(plan, console.ports);
    printHookPlan(plan, { what: 'install', isDryRun, inactive }, console);
    return inactive === undefined ? EXIT.done : EXIT.failed;
  },
};

function managerIn({ options }: Invocation): HookManager | undefined {
  const name = options.text('using');
  const manager = HOOK_MANAGERS.find((candidate) => candidate === name);
  if (name === undefined || manager !== undefined) return manager;
  throw wrongUsage(installCommand, `--using takes one of ${HOOK_MANAGERS.join(', ')}, not ${name}`);
}
