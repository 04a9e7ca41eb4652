import { resolve } from 'node:path';
import { planUninstall, applyUninstall, type HookPlan } from '../../core/git/index.js';
import { EXIT, visible } from '../../core/system/index.js';
import { CONSENT_OPTIONS, type Command, type Invocation } from '../command.js';
import type { Console } from '../console.js';
import { printHookPlan, printPreview } from '../printing/hookPlan.js';

export const uninstallCommand: Command = {
  name: 'uninstall',
  summary: 'remove the git hooks',
  arguments: 'git',
  description: 'Remove the git hooks and restore the files they were added to, keeping later edits.',
  subjects: ['git'],
  selectors: { minArguments: 1, maxArguments: 1 },
  options: CONSENT_OPTIONS,
  examples: [['feature-backups uninstall git', 'in this repository']],
  async run(invocation, console) {
    const plan = await planUninstall(resolve(console.cwd, invocation.project ?? '.'), console.ports);
    const isDryRun = invocation.options.has('dry-run');
    if (!isDryRun && !plan.isEmpty) {
      printPreview(plan, 'uninstall', console);
      if (await isDeclined(plan, invocation, console)) return EXIT.refused;
      await applyUninstall(plan, console.ports);
    }
    printHookPlan(plan, { what: 'uninstall', isDryRun }, console);
    return EXIT.done;
  },
};

/** Without a terminal, as in a script, this continues: only our own lines are removed, and the user's edits stay. */
async function isDeclined({ repository }: HookPlan, { options }: Invocation, console: Console): Promise<boolean> {
  if (options.has('yes')) return false;
  const isDeclined =
    (await console.ask(`Remove the git hooks from ${visible(repository.workTree)} as shown?`)) === false;
  if (isDeclined) console.note('Nothing changed.\n');
  return isDeclined;
}
