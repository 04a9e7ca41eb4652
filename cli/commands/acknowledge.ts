import { acknowledgeShrinkage, findShrinkage, openProject, revokeAcknowledgement } from '../../core/engine.js';
import type { AcknowledgeOutcome, Acknowledgement, Project, Shrinkage } from '../../core/engine.js';
import { EXIT, visible, type ExitCode } from '../../core/system/index.js';
import { CONSENT_OPTIONS, type Command } from '../command.js';
import { consentTo } from '../consent.js';
import type { Console } from '../console.js';
import { age, count, counts } from '../printing/words.js';
import { backupView } from '../views.js';

export const acknowledgeCommand: Command = {
  name: 'acknowledge',
  summary: 'say that the live database is meant to have far fewer features than its backups',
  arguments: '[project]',
  description:
    'While the live database has suddenly shrunk, no backup is removed. If it was meant (a project was reset, a backlog\n' +
    'cleared), this says so: the warnings stop, and the retention rules apply again. The newest of the large backups is\n' +
    'pinned first. If half of what is left is lost as well, everything stands still again.',
  options: {
    ...CONSENT_OPTIONS,
    'no-pin': { type: 'boolean', description: 'pin nothing: retention may take every backup from before' },
    revoke: { type: 'boolean', description: 'take it back, and unpin what was pinned with it' },
  },
  selectors: { least: 0, most: 0 },
  examples: [
    ['feature-backups acknowledge --dry-run', 'what is missing, against the largest backup'],
    ['feature-backups acknowledge --revoke', 'it was not meant after all'],
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
      const features = count(shrinkage.live.total, 'feature');
      const act = {
        question: `Is it meant that there are only ${features}? Older backups are then removed again by the rules.`,
        wouldDo: `take ${features} as meant, and let retention go on${pin ? '' : ' with nothing pinned'}`,
        path: project.databasePath,
      };
      if ((await consentTo(act, invocation, console)) === 'declined') return EXIT.refused;
    }
    const featureCount = shrinkage?.live.total;
    printOutcome(await acknowledgeShrinkage(project, { ...engine, featureCount, pin }), console);
    return EXIT.done;
  },
};

async function revoke(project: Project, console: Console): Promise<ExitCode> {
  const revoked = await revokeAcknowledgement(project, { ports: console.ports });
  console.printJson({ status: revoked ? 'revoked' : 'nothing-to-revoke' });
  console.print(
    revoked
      ? 'Taken back, and unpinned what was pinned with it: the backups decide again what is too few.\n'
      : 'Nothing was acknowledged.\n',
  );
  return EXIT.done;
}

function printShrinkage({ live, largest }: Shrinkage, { print }: Console): void {
  const missing = count((largest.counts.total ?? 0) - live.total, 'feature');
  print(`The live database holds ${counts(live)}.\n`);
  print(`${visible(largest.id)} holds ${counts(largest.counts)}: ${missing} more.\n`);
}

function printOutcome(outcome: AcknowledgeOutcome, console: Console): void {
  const { acknowledgement } = outcome;
  if (outcome.status === 'not-shrunk') {
    const before = acknowledgement === undefined ? '' : ` ${describe(acknowledgement, console)}`;
    console.print(`There is nothing to acknowledge: the live database has not shrunk.${before}\n`);
    console.printJson({ status: outcome.status, acknowledgement: acknowledgement ?? null });
    return;
  }
  const { shrinkage, pinned } = outcome;
  console.print(`${console.colours.green('Acknowledged:')} retention goes on. --revoke takes it back.\n`);
  if (pinned !== undefined) {
    console.print(`Pinned ${visible(pinned.id)}; feature-backups unpin gives it to retention again.\n`);
  }
  console.printJson({
    status: outcome.status,
    acknowledgement,
    ...shrinkageView(shrinkage),
    pinned: pinned === undefined ? null : backupView(pinned),
  });
}

function describe({ at, featureCount }: Acknowledgement, { ports }: Console): string {
  return `${count(featureCount, 'feature')} were acknowledged as meant ${age(new Date(at), ports.now())}; --revoke takes it back.`;
}

function shrinkageView({ live, largest, toPin }: Shrinkage) {
  return { live, largest: backupView(largest), toPin: toPin.id };
}
