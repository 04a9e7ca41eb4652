import { openProject, planRestore, restore, type Project } from '../../core/engine.js';
import { countInWords, EXIT } from '../../core/system/index.js';
import { afterBackup } from '../afterBackup.js';
import type { Command, Invocation, Options } from '../command.js';
import type { Console } from '../console.js';
import type { Fetched } from '../fetchFrom.js';
import { FROM_OPTIONS } from '../fromOptions.js';
import { wrongUsage } from '../parseInvocation.js';
import { RESTORE_OPTIONS, restoreWithConsent } from '../restoring.js';
import { AT_OPTION, backupAt } from '../at.js';

export const restoreCommand: Command = {
  name: 'restore',
  summary: 'restore a backup as the live database',
  arguments: '[project] <backup> | --at WHEN | --from TARGET [<backup>]',
  description: 'Restore a backup after a preview and a question; the current database is saved as an emergency backup.',
  exitCodes: '5 not confirmed, or an agent is running, or another program has the database open',
  options: {
    ...RESTORE_OPTIONS,
    ...AT_OPTION,
    ...FROM_OPTIONS,
    everything: { type: 'boolean', description: 'with --from: fetch all backups and the history' },
    features: { type: 'string', value: 'IDS', description: 'only these features, such as 12,15' },
    salvage: { type: 'boolean', description: 'add newer features that are readable in the damaged database' },
  },
  selectors: { minArguments: 0, maxArguments: 1 },
  examples: [
    ['feature-backups restore last-good --dry-run', 'preview only'],
    ['feature-backups restore --at HEAD~3', 'the backlog at a commit'],
    ['feature-backups restore latest --features 12,15', 'two features; the others stay as they are'],
  ],
  async run(invocation, console) {
    const engine = { ports: console.ports, cwd: console.cwd };
    const features = featureIds(invocation.options);
    const scope = { features, salvage: invocation.options.has('salvage') };
    if (features !== undefined && scope.salvage)
      throw wrongUsage(restoreCommand, '--features and --salvage cannot be combined');
    const from = invocation.options.text('from');
    if (from === undefined && (invocation.options.text('of') !== undefined || invocation.options.has('everything')))
      throw wrongUsage(restoreCommand, '--of and --everything need --from');
    const fetched = from === undefined ? undefined : await fetchFromTarget(invocation, from, console);
    if (from !== undefined && fetched === undefined) return EXIT.done;
    const project = fetched?.project ?? (await openProject(invocation.project, { ...engine, includeDeleted: true }));
    const selector = fetched?.id ?? (await selectorOf(project, invocation, console));
    const plan = await planRestore(project, selector, { ...engine, ...scope });
    const force = invocation.options.has('force');
    // After --from, a sync would add this project to the target beside the lost one, before the user has seen the result.
    const followUp = from === undefined ? { afterBackup } : {};
    // By its full name, to restore exactly what the preview showed.
    const carryOut = () => restore(project, plan.backup.id, { ...engine, ...scope, force, ...followUp });
    const part = features === undefined ? undefined : countInWords(features.length, 'feature');
    return await restoreWithConsent({ plan, part, carryOut }, invocation, console);
  },
};

async function fetchFromTarget(invocation: Invocation, from: string, console: Console): Promise<Fetched | undefined> {
  if (invocation.options.text('at') !== undefined)
    throw wrongUsage(restoreCommand, '--from and --at cannot be combined');
  const { fetchFrom } = await import('../fetchFrom.js');
  return await fetchFrom(invocation, from, console);
}

async function selectorOf(project: Project, { selectors, options }: Invocation, console: Console): Promise<string> {
  const [selector] = selectors;
  const when = options.text('at');
  if (when !== undefined && selector !== undefined) {
    throw wrongUsage(restoreCommand, 'Use either a backup or --at, not both');
  }
  if (when !== undefined) return await backupAt(project, when, restoreCommand, console);
  if (selector !== undefined) return selector;
  throw wrongUsage(restoreCommand, 'No backup given: use its name or a prefix of it, latest, last-good, or --at');
}

function featureIds(options: Options): readonly number[] | undefined {
  const text = options.text('features');
  if (text === undefined) return undefined;
  const ids = text.split(',').map((part) => (/^\s*\d{1,15}\s*$/.test(part) ? Number(part) : undefined));
  const known = ids.filter((id) => id !== undefined);
  if (known.length === ids.length) return [...new Set(known)];
  throw wrongUsage(restoreCommand, `--features takes ids separated by commas, such as 12,15, not ${text}`);
}
