import { resolve } from 'node:path';
import { planUninstall, applyUninstall, type HookPlan } from '../../core/git/index.js';
import { EXIT, visible } from '../../core/system/index.js';
import { CONSENT_OPTIONS, type Command, type Invocation } from '../command.js';
import type { Console } from '../console.js';
import { printHookPlan, printPreview } from '../printing/hookPlan.js';

export const uninstallCommand: Command = {
  name: 'uninstall',
  summary: 'take the git hooks out again',
  arguments: 'git',
  description:
    'Shows the change, and on a terminal asks first. Leaves every file byte for byte as it was before; what was changed\n' +
    'since is kept. Backups stay.',
  subjects: ['git'],
  selectors: { least: 1, most: 1 },
  options: CONSENT_OPTIONS,
  examples: [['feature-backups uninstall git', 'in the repository of the working directory']],
  async run(invocation, console) {
    const plan = await planUninstall(resolve(console.cwd, invocation.project ?? '.'), console.ports);
    const isDryRun = invocation.options.has('dry-run');
    if (!isDryRun && !plan.isDone) {
      printPreview(plan, 'uninstall', console);
      if (await isDeclined(plan, invocation, console)) return EXIT.refused;
      await applyUninstall(plan, console.ports);
    }
    printHookPlan(plan, { what: 'uninstall', isDryRun }, console);
    return EXIT.done;
  },
};

/** Scripts have no terminal: there it goes on, since only what is recognisably ours, or the user's own, is touched. */
async function isDeclined({ repository }: HookPlan, { options }: Invocation, console: Console): Promise<boolean> {
  if (options.has('yes')) return false;
  const isDeclined =
    (await console.ask(`Take the git hooks out of ${visible(repository.workTree)}, as shown?`)) === false;
  if (isDeclined) console.note('Nothing was changed.\n');
  return isDeclined;
}
