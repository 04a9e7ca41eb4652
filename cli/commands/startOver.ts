import { featuresInWords } from '../../core/database/index.js';
import { openProject, planStartOver, startOver } from '../../core/engine.js';
import type { StartOverOutcome, StartOverPlan } from '../../core/engine.js';
import { countInWords, EXIT, visible } from '../../core/system/index.js';
import { afterBackup } from '../afterBackup.js';
import { CONSENT_OPTIONS, type Command } from '../command.js';
import { confirm } from '../confirm.js';
import type { Console } from '../console.js';
import { backupView } from '../views.js';

export const startOverCommand: Command = {
  name: 'start-over',
  summary: 'back up, pin and accept a smaller backlog in one step',
  arguments: '[project]',
  description:
    'Start a new backlog: back up, pin the newest larger backup, and accept the loss of features; before the reset, ' +
    'back up and pin the current backlog.',
  options: CONSENT_OPTIONS,
  selectors: { minArguments: 0, maxArguments: 0 },
  examples: [
    ['feature-backups start-over --dry-run', 'what would happen now'],
    ['feature-backups start-over ~/shop-front', 'before or after a reset'],
  ],
  async run(invocation, console) {
    const engine = { ports: console.ports, cwd: console.cwd };
    const project = await openProject(invocation.project, engine);
    const plan = await planStartOver(project, engine);
    printPlan(plan, console);
    if (invocation.options.has('dry-run')) {
      console.printJson({ status: 'planned', ...planView(plan) });
      return EXIT.done;
    }
    const missing = missingIn(plan);
    // Without a loss, nothing is accepted: a backup and a pin need no confirmation.
    if (missing !== undefined) {
      const action = {
        question: `Did you mean to remove ${missing}? Pruning of older backups then resumes.`,
        wouldDo: `accept the loss of ${missing} and resume pruning`,
        path: project.databasePath,
      };
      if ((await confirm(action, invocation, console)) === 'declined') return EXIT.refused;
    }
    printOutcome(await startOver(project, { ...engine, featureCount: plan.live?.total, afterBackup }), console);
    return EXIT.done;
  },
};

function printPlan({ live, shrinkage }: StartOverPlan, { print }: Console): void {
  const now = live === undefined ? 'an unknown number of features' : featuresInWords(live);
  print(`The live database contains ${now}.\n`);
  if (shrinkage === undefined) {
    print('The backlog has not shrunk: this backs up its current state and pins that backup.\n');
    return;
  }
  const { largest, toPin } = shrinkage;
  print(`${visible(largest.id)} contains ${featuresInWords(largest.counts)}.\n`);
  print(`This backs up the current state, pins ${visible(toPin.id)} and accepts the smaller backlog.\n`);
}

function missingIn({ shrinkage }: StartOverPlan): string | undefined {
  if (shrinkage === undefined) return undefined;
  return countInWords((shrinkage.largest.counts.total ?? 0) - shrinkage.live.total, 'feature');
}

function printOutcome(outcome: StartOverOutcome, console: Console): void {
  const { print, printJson, colours } = console;
  const backup = visible(outcome.backup.id);
  if (outcome.status === 'prepared') {
    print(`${colours.green('Backed up and pinned')} ${backup}.\n`);
    print(
      'You can reset the backlog now. If a loss of features is reported then, run feature-backups start-over again.\n',
    );
    printJson({ status: outcome.status, backup: backupView(outcome.backup) });
    return;
  }
  const { pinned, acknowledgement } = outcome;
  print(`${colours.green('Accepted the smaller backlog:')} pruning resumes.\n`);
  print(`Backed up as ${backup}.\n`);
  if (pinned !== undefined) print(`Pinned ${visible(pinned.id)}. Unpin it with feature-backups unpin.\n`);
  print('Undo this with feature-backups acknowledge --revoke.\n');
  printJson({
    status: outcome.status,
    backup: backupView(outcome.backup),
    pinned: pinned === undefined ? null : backupView(pinned),
    acknowledgement,
  });
}

function planView({ live, shrinkage }: StartOverPlan) {
  return {
    live: live ?? null,
    largest: shrinkage === undefined ? null : backupView(shrinkage.largest),
    toPin: shrinkage?.toPin.id ?? null,
  };
}
