import { openProject, type Project } from '../../core/engine.js';
import { replicate, type ReplicationOutcome, type TargetOutcome } from '../../core/replication/index.js';
import { EXIT, visible, visibleLines, type ExitCode } from '../../core/system/index.js';
import { runOnAll } from '../allProjects.js';
import { ALL_OPTION, type Command, type Options } from '../command.js';
import type { Console } from '../console.js';
import { errorDocument } from '../printing/errors.js';
import { count, size } from '../printing/words.js';

export const replicateCommand: Command = {
  name: 'replicate',
  summary: 'copy the backups to the configured targets: other disks, servers, clouds',
  arguments: '[project | --all] [--target NAME] [--verify]',
  description:
    'Only what is missing there is copied, and proved by checksum; a run that was cut off is taken up by the next.\n' +
    'Each target keeps what its own retention says. Targets are named in your own configuration file. One that fails\n' +
    'does not hold up the others; the exit code is then 1.',
  options: {
    target: { type: 'string', value: 'NAME', description: 'only this target' },
    verify: { type: 'boolean', description: 'also read back everything that lies there, and prove it' },
    'dry-run': { type: 'boolean', description: 'show what would be done, and do nothing' },
    ...ALL_OPTION,
  },
  selectors: { least: 0, most: 0 },
  examples: [
    ['feature-backups replicate', 'all targets'],
    ['feature-backups replicate --target nas --verify', 'one target, and everything in it is read and proved'],
    ['feature-backups replicate --all', 'every known project'],
    ['feature-backups replicate --dry-run', 'what is missing at which target'],
  ],
  async run(invocation, console) {
    const { project: named, options } = invocation;
    if (options.has('all')) {
      return await runOnAll({ command: replicateCommand, invocation, console }, async (project) => {
        const outcome = await run(project, options, console);
        const text = outcome.targets.map((each) => `${visible(each.name)}: ${oneLine(each, options)}`).join('; ');
        const document = outcomeView(project, outcome, options);
        return { exit: exitOf(outcome), text: text === '' ? 'no targets' : text, document };
      });
    }
    const project = await openProject(named, { ports: console.ports, cwd: console.cwd });
    const outcome = await run(project, options, console);
    console.printJson(outcomeView(project, outcome, options));
    if (outcome.targets.length === 0) {
      console.note('No targets are configured: "targets" in your own configuration file names them.\n');
    }
    for (const each of outcome.targets) printTarget(each, options, console);
    return exitOf(outcome);
  },
};

async function run(project: Project, options: Options, { ports }: Console): Promise<ReplicationOutcome> {
  const request = { target: options.text('target'), verify: options.has('verify'), dryRun: options.has('dry-run') };
  return await replicate(project, request, ports);
}

function exitOf({ targets }: ReplicationOutcome): ExitCode {
  return targets.every(({ problem }) => problem === undefined) ? EXIT.done : EXIT.failed;
}

function outcomeView({ root }: Project, { key, targets }: ReplicationOutcome, options: Options) {
  return { project: root, key: key ?? null, dryRun: options.has('dry-run'), targets: targets.map(targetView) };
}

function targetView(outcome: TargetOutcome) {
  const { name, place, problem, copied, updated, removed, segments, presentCount } = outcome;
  return {
    name,
    place,
    ok: problem === undefined,
    copied,
    updated,
    removed,
    segments,
    presentCount,
    copiedBytes: outcome.copiedBytes,
    verifiedCount: outcome.verifiedCount ?? null,
    damaged: outcome.damaged,
    skipped: outcome.skipped,
    problem: problem === undefined ? null : errorDocument(problem).error,
  };
}

const WHY = {
  'raw-files': 'raw files of an emergency, which stay here',
  damaged: 'damaged',
  'unusual-name': 'a name that not every target can have',
  'metadata-unknown': 'metadata that cannot be read',
} as const;

function printTarget(outcome: TargetOutcome, options: Options, console: Console): void {
  const { problem } = outcome;
  if (console.isTerminal) {
    const mark = problem === undefined ? console.colours.green('✓') : console.colours.red('✗');
    console.print(`${mark} ${visible(outcome.name)}  ${summary(outcome, options)}\n`);
  } else {
    console.print(
      [
        problem === undefined ? 'ok' : 'failed',
        visible(outcome.name),
        ...[outcome.copied.length, outcome.presentCount, outcome.removed.length, outcome.copiedBytes].map(String),
        problem === undefined ? '' : visible(problem.message),
      ].join('\t') + '\n',
    );
  }
  for (const { id, why } of outcome.skipped) console.note(`  not copied: ${visible(id)} (${WHY[why]})\n`);
  if (problem === undefined) return;
  console.note(`feature-backups: ${visible(outcome.name)}: ${visibleLines(problem.message)}\n`);
  if (problem.hint !== undefined) console.note(`  ${visibleLines(problem.hint)}\n`);
}

function oneLine(outcome: TargetOutcome, options: Options): string {
  return outcome.problem === undefined ? summary(outcome, options) : visible(outcome.problem.message);
}

function summary(outcome: TargetOutcome, options: Options): string {
  const { copied, presentCount, removed, copiedBytes, verifiedCount, segments } = outcome;
  const parts = options.has('dry-run')
    ? [
        `${count(copied.length, 'backup')} to copy`,
        `${String(presentCount)} there`,
        `${String(removed.length)} to remove`,
      ]
    : [
        `${count(copied.length, 'backup')} copied (${size(copiedBytes)})`,
        `${String(presentCount)} there already`,
        `${String(removed.length)} removed`,
      ];
  if (segments.length > 0) parts.push(`${count(segments.length, 'part')} of the history`);
  if (verifiedCount !== undefined) parts.push(`${String(verifiedCount)} proved`);
  return parts.join(', ');
}
