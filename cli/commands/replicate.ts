import { openProject, type Project } from '../../core/engine.js';
import { replicate, type ReplicationOutcome, type TargetOutcome } from '../../core/replication/index.js';
import { countInWords, EXIT, sizeInWords, visible, visibleLines, type ExitCode } from '../../core/system/index.js';
import { runOnAllProjects } from '../allProjects.js';
import { ALL_OPTION, type Command, type Options } from '../command.js';
import type { Console } from '../console.js';
import { errorDocument } from '../printing/errors.js';

export const replicateCommand: Command = {
  name: 'replicate',
  summary: 'sync backups to the configured targets: disks, servers, clouds',
  arguments: '[project | --all] [--target NAME] [--verify]',
  description: 'Sync backups to the configured targets: copy what is missing and prune by each target’s own policy.',
  output:
    'One line per target, tab-separated: ok or failed, name, copied, already there, removed, bytes copied, problem.',
  exitCodes: '1 a target failed; the others were synced',
  options: {
    target: { type: 'string', value: 'NAME', description: 'sync only this target' },
    verify: { type: 'boolean', description: 'also read back and verify everything on the target' },
    'dry-run': { type: 'boolean', description: 'show what would change, and change nothing' },
    ...ALL_OPTION,
  },
  selectors: { minArguments: 0, maxArguments: 0 },
  examples: [
    ['feature-backups replicate', 'every target'],
    ['feature-backups replicate --target nas --verify', 'one target, and verify everything on it'],
    ['feature-backups replicate --all', 'every known project'],
  ],
  async run(invocation, console) {
    const { project: named, options } = invocation;
    if (options.has('all')) {
      return await runOnAllProjects({ command: replicateCommand, invocation, console }, async (project) => {
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
      console.note('No targets are configured; add "targets" to your user configuration file.\n');
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

const SKIP_REASONS = {
  'raw-files': 'raw files of an emergency backup',
  damaged: 'damaged',
  'unusual-name': 'its name is not allowed on every target',
  'metadata-unknown': 'its metadata is unreadable',
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
  for (const { id, why } of outcome.skipped) console.note(`  not copied: ${visible(id)} (${SKIP_REASONS[why]})\n`);
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
        `${countInWords(copied.length, 'backup')} to copy`,
        `${String(presentCount)} already there`,
        `${String(removed.length)} to remove`,
      ]
    : [
        `${countInWords(copied.length, 'backup')} copied (${sizeInWords(copiedBytes)})`,
        `${String(presentCount)} already there`,
        `${String(removed.length)} removed`,
      ];
  if (segments.length > 0) parts.push(countInWords(segments.length, 'history segment'));
  if (verifiedCount !== undefined) parts.push(`${String(verifiedCount)} verified`);
  return parts.join(', ');
}
