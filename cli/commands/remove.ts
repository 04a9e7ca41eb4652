import { resolve } from 'node:path';
import { planRemoval, uninstallPart, type RemainingData, type RemovalPlan } from '../../core/engine.js';
import { removeService } from '../../core/service/index.js';
import { BackupError, countInWords, EXIT, visible, type ExitCode } from '../../core/system/index.js';
import { CONSENT_OPTIONS, type Command, type Invocation } from '../command.js';
import { confirm } from '../confirm.js';
import type { Console } from '../console.js';
import { PART_NAMES, partView, printParts, printUnplanned, unplannedView } from '../printing/setupParts.js';
import { setupPrograms } from '../programs.js';

export const removeCommand: Command = {
  name: 'remove',
  summary: 'remove every hook, tap and service; backups stay',
  arguments: '[project]',
  description: 'Remove every hook, tap and service from all known projects, or from one; backups stay.',
  options: CONSENT_OPTIONS,
  selectors: { minArguments: 0, maxArguments: 0 },
  examples: [
    ['feature-backups remove --dry-run', 'preview only'],
    ['feature-backups remove', 'everything, before the program itself is uninstalled'],
    ['feature-backups remove --project ~/shop-front', 'from one project'],
  ],
  async run(invocation, console) {
    const { ports, cwd } = console;
    const root = invocation.project === undefined ? undefined : resolve(cwd, invocation.project);
    const plan = await planRemoval({ ports, cwd, programs: setupPrograms(ports), root });
    printParts(plan.parts, 'remove', console);
    if (plan.service !== undefined) console.print(`Stop the watcher and remove ${visible(plan.service.path)}\n`);
    printUnplanned(plan.unplanned, console);
    const isEmpty = plan.parts.length === 0 && plan.service === undefined;
    const isDryRun = invocation.options.has('dry-run');
    if (isEmpty) console.print('Nothing is installed.\n');
    else if (!isDryRun && (await consent(plan, invocation, console)) === 'declined') return EXIT.refused;
    const failures = isEmpty || isDryRun ? [] : await carryOut(plan, console);
    if (!isDryRun && !isEmpty) printLeft(plan.left, root, console);
    console.printJson({
      status: isEmpty ? 'unchanged' : isDryRun ? 'planned' : 'removed',
      parts: plan.parts.map(partView),
      service: plan.service?.path ?? null,
      unplanned: plan.unplanned.map(unplannedView),
      failures,
      left: { stores: plan.left.stores, vault: plan.left.vault ?? null, state: plan.left.state ?? null },
    });
    return exitOf(plan, failures);
  },
};

async function consent({ parts, service }: RemovalPlan, invocation: Invocation, console: Console) {
  const files = [...parts.flatMap((part) => part.files), ...(service === undefined ? [] : [service.path])];
  const action = { question: 'Remove as shown? Backups stay.', wouldDo: `change ${files.join(', ')}` };
  return await confirm(action, invocation, console);
}

/** Removes everything even if one part fails. Returns the messages of the failures. */
async function carryOut({ parts, service }: RemovalPlan, console: Console): Promise<readonly string[]> {
  const failures: string[] = [];
  const attempt = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
      console.print(`Removed ${what}.\n`);
    } catch (error) {
      if (!(error instanceof BackupError)) throw error;
      failures.push(error.message);
      console.note(
        `feature-backups: could not remove ${what}: ${visible(error.message)}. ${visible(error.hint ?? '')}\n`,
      );
    }
  };
  // First, because the watcher backs up what the others change.
  if (service !== undefined)
    await attempt(
      `the service ${visible(service.path)}`,
      async () => await removeService(service, false, console.ports),
    );
  for (const part of parts) {
    const what = `${PART_NAMES[part.kind]} from ${visible(part.root)}`;
    await attempt(what, async () => await uninstallPart(part, { ports: console.ports }));
  }
  return failures;
}

function printLeft({ stores, vault, state }: RemainingData, root: string | undefined, { print }: Console): void {
  print('Restart running agents.\n\n');
  const lines = [
    ...(stores.length === 0 ? [] : [`The backups of ${countInWords(stores.length, 'project')}:`]),
    ...stores.map((path) => `  ${visible(path)}`),
    ...(root !== undefined || vault === undefined
      ? []
      : [`Copies of the backups in ${visible(vault)}; feature-backups vault purge deletes them.`]),
    ...(root !== undefined || state === undefined
      ? []
      : [
          `The records of the projects in ${visible(state)}.`,
          'The program itself; npm uninstall --global feature-backups removes it.',
        ]),
  ];
  if (lines.length > 0) print(`These stay until you delete them:\n${lines.map((line) => `  ${line}\n`).join('')}`);
}

function exitOf({ unplanned }: RemovalPlan, failures: readonly string[]): ExitCode {
  return failures.length + unplanned.length > 0 ? EXIT.failed : EXIT.done;
}
