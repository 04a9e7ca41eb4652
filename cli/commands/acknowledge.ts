import { featuresInWords } from '../../core/database/index.js';
import { acknowledgeShrinkage, findShrinkage, openProject, revokeAcknowledgement } from '../../core/engine.js';
import type { AcknowledgeOutcome, Acknowledgement, Project, Shrinkage } from '../../core/engine.js';
import { countInWords, EXIT, visible, type ExitCode } from '../../core/system/index.js';
import { afterBackup } from '../afterBackup.js';
import { CONSENT_OPTIONS, type Command } from '../command.js';
import { confirm } from '../confirm.js';
import type { Console } from '../console.js';
import { age } from '../printing/words.js';
import { backupView } from '../views.js';

export const acknowledgeCommand: Command = {
  name: 'acknowledge',
  summary: 'confirm that a sudden loss of features was intentional',
  arguments: '[project]',
  description: 'Confirm that a sudden loss of features was intentional: warnings stop, and pruning resumes.',
  options: {
    ...CONSENT_OPTIONS,
    'no-pin': { type: 'boolean', description: 'do not pin the newest of the larger backups' },
    revoke: { type: 'boolean', description: 'revoke the acknowledgement, and unpin the backup it pinned' },
  },
  selectors: { minArguments: 0, maxArguments: 0 },
  examples: [
    ['feature-backups acknowledge --dry-run', 'which features are missing'],
    ['feature-backups acknowledge --revoke', 'the loss was not intentional after all'],
  ],
  async run(invocation, console) {
    const { options } = invocation;
    const engine = { ports: console.ports, cwd: console.cwd };
    const project = await openProject(invocation.project, engine);
    if (options.has('revoke')) return await revoke(project, console);
    const shrinkage = await findShrinkage(project, engine);
    if (shrinkage !== undefined) printShrinkage(shrinkage, console);
    const pin = !options.has('no-pin');
    if (shrinkage !== undefined && options.has('dry-run')) {
      console.printJson({ status: 'planned', ...shrinkageView(shrinkage) });
      return EXIT.done;
    }
    if (shrinkage !== undefined) {
      const missing = countInWords((shrinkage.largest.counts.total ?? 0) - shrinkage.live.total, 'feature');
      const action = {
        question: `Did you mean to remove ${missing}? Pruning of older backups then resumes.`,
        wouldDo: `accept the loss of ${missing} and resume pruning${pin ? '' : ', without pinning a backup'}`,
        path: project.databasePath,
      };
      if ((await confirm(action, invocation, console)) === 'declined') return EXIT.refused;
    }
    const featureCount = shrinkage?.live.total;
    printOutcome(await acknowledgeShrinkage(project, { ...engine, featureCount, pin, afterBackup }), console);
    return EXIT.done;
  },
};

async function revoke(project: Project, console: Console): Promise<ExitCode> {
  const revoked = await revokeAcknowledgement(project, { ports: console.ports, afterBackup });
  console.printJson({ status: revoked ? 'revoked' : 'nothing-to-revoke' });
  console.print(
    revoked
      ? 'Revoked the acknowledgement, and unpinned its backup.\n'
      : 'Nothing to revoke: no loss of features is acknowledged.\n',
  );
  return EXIT.done;
}

function printShrinkage({ live, largest }: Shrinkage, { print }: Console): void {
  const missing = countInWords((largest.counts.total ?? 0) - live.total, 'feature');
  print(`The live database contains ${featuresInWords(live)}.\n`);
  print(`${visible(largest.id)} contains ${featuresInWords(largest.counts)}: ${missing} more.\n`);
}

function printOutcome(outcome: AcknowledgeOutcome, console: Console): void {
  const { acknowledgement } = outcome;
  if (outcome.status === 'not-shrunk') {
    const before = acknowledgement === undefined ? '' : ` ${describe(acknowledgement, console)}`;
    console.print(`Nothing to acknowledge: the live database has not shrunk.${before}\n`);
    console.printJson({ status: outcome.status, acknowledgement: acknowledgement ?? null });
    return;
  }
  const { shrinkage, pinned } = outcome;
  console.print(`${console.colours.green('Acknowledged:')} pruning resumes. Undo this with --revoke.\n`);
  if (pinned !== undefined) {
    console.print(`Pinned ${visible(pinned.id)}. Unpin it with feature-backups unpin.\n`);
  }
  console.printJson({
    status: outcome.status,
    acknowledgement,
    ...shrinkageView(shrinkage),
    pinned: pinned === undefined ? null : backupView(pinned),
  });
}

function describe({ at, featureCount }: Acknowledgement, { ports }: Console): string {
  return `A drop to ${countInWords(featureCount, 'feature')} was acknowledged ${age(new Date(at), ports.now())}; undo this with --revoke.`;
}

function shrinkageView({ live, largest, toPin }: Shrinkage) {
  return { live, largest: backupView(largest), toPin: toPin.id };
}
