import { openProject, planRestore, restore, type Project } from '../../core/engine.js';
import { EXIT } from '../../core/system/index.js';
import type { Command, Invocation, Options } from '../command.js';
import type { Console } from '../console.js';
import type { Brought } from '../from.js';
import { FROM_OPTIONS } from '../fromOptions.js';
import { wrongUsage } from '../parseInvocation.js';
import { count } from '../printing/words.js';
import { RESTORE_OPTIONS, restoreWithConsent } from '../restoring.js';
import { AT_OPTION, backupAt } from '../at.js';

export const restoreCommand: Command = {
  name: 'restore',
  summary: 'bring a backup back as the live database',
  arguments: '[project] <backup> | --at WHEN',
  description:
    'Shows what will change and asks first; without a terminal it needs --yes. What is there is kept as an emergency\n' +
    'backup, and feature-backups undo brings that back. It refuses while an agent runs or others have the database open.\n' +
    'With --from, what lies at a target is first brought into the store, proved, and then restored, into exactly the\n' +
    'folder that is named: nothing else need be left of the project. Without a backup, the newest that is sound.',
  options: {
    ...RESTORE_OPTIONS,
    ...AT_OPTION,
    ...FROM_OPTIONS,
    everything: { type: 'boolean', description: 'with --from: bring all backups and the history, not only this one' },
    features: { type: 'string', value: 'IDS', description: 'only these features, for example 12,15; all else stays' },
    salvage: { type: 'boolean', description: 'also keep the newer features that the damaged database still gives up' },
  },
  selectors: { least: 0, most: 1 },
  examples: [
    ['feature-backups restore last-good --dry-run', 'what going back to the last good backup would change'],
    ['feature-backups restore ~/shop-front features_598_20260125-1446', 'a certain backup of another project'],
    ['feature-backups restore latest --features 12,15', 'only two features'],
    ['feature-backups restore --at HEAD~3', 'the backlog as it was at a commit'],
    [
      'feature-backups restore --at "2026-01-25 14:46"',
      'the newest state made in that minute or before, from the history too',
    ],
    ['feature-backups restore ~/shop-front --from nas', 'a project of which only the copies elsewhere are left'],
    ['feature-backups restore last-good --salvage', 'the last good backup, and what is newer in the damaged database'],
  ],
  async run(invocation, console) {
    const engine = { ports: console.ports, cwd: console.cwd };
    const features = featureIds(invocation.options);
    const scope = { features, salvage: invocation.options.has('salvage') };
    if (features !== undefined && scope.salvage)
      throw wrongUsage(restoreCommand, '--features and --salvage exclude each other');
    const from = invocation.options.text('from');
    if (from === undefined && (invocation.options.text('of') !== undefined || invocation.options.has('everything')))
      throw wrongUsage(restoreCommand, '--of and --everything go with --from');
    const brought = from === undefined ? undefined : await bringFromTarget(invocation, from, console);
    if (from !== undefined && brought === undefined) return EXIT.done;
    const project = brought?.project ?? (await openProject(invocation.project, engine));
    const selector = brought?.id ?? (await selectorOf(project, invocation, console));
    const plan = await planRestore(project, selector, { ...engine, ...scope });
    const force = invocation.options.has('force');
    // By its whole name, so that what is carried out is what was shown.
    const carryOut = () => restore(project, plan.backup.id, { ...engine, ...scope, force });
    const part = features === undefined ? undefined : count(features.length, 'feature');
    return await restoreWithConsent({ plan, part, carryOut }, invocation, console);
  },
};

async function bringFromTarget(invocation: Invocation, from: string, console: Console): Promise<Brought | undefined> {
  if (invocation.options.text('at') !== undefined)
    throw wrongUsage(restoreCommand, '--from and --at exclude each other');
  const { bringFrom } = await import('../from.js');
  return await bringFrom(invocation, from, console);
}

async function selectorOf(project: Project, { selectors, options }: Invocation, console: Console): Promise<string> {
  const [selector] = selectors;
  const when = options.text('at');
  if (when !== undefined && selector !== undefined) {
    throw wrongUsage(restoreCommand, 'Name a backup, or a time or commit, not both');
  }
  if (when !== undefined) return await backupAt(project, when, restoreCommand, console);
  if (selector !== undefined) return selector;
  throw wrongUsage(restoreCommand, 'Name the backup: its name or the beginning of it, latest, or last-good');
}

function featureIds(options: Options): readonly number[] | undefined {
  const text = options.text('features');
  if (text === undefined) return undefined;
  const ids = text.split(',').map((part) => (/^\s*\d{1,15}\s*$/.test(part) ? Number(part) : undefined));
  const known = ids.filter((id) => id !== undefined);
  if (known.length === ids.length) return [...new Set(known)];
  throw wrongUsage(restoreCommand, `--features takes ids with commas between, such as 12,15, not ${text}`);
}
