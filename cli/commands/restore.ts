import { openProject, planRestore, restore, type Project } from '../../core/engine.js';
import type { Command, Invocation, Options } from '../command.js';
import type { Console } from '../console.js';
import { wrongUsage } from '../parseInvocation.js';
import { count } from '../printing/words.js';
import { RESTORE_OPTIONS, restoreWithConsent } from '../restoring.js';
import { AT_OPTION, backupAtCommit } from '../commits.js';

export const restoreCommand: Command = {
  name: 'restore',
  summary: 'bring a backup back as the live database',
  arguments: '[project] <backup> | --at COMMIT',
  description:
    'Shows what will change and asks first; without a terminal it needs --yes. What is there is kept as an emergency\n' +
    'backup, and feature-backups undo brings that back. It refuses while an agent runs or others have the database open.',
  options: {
    ...RESTORE_OPTIONS,
    ...AT_OPTION,
    features: { type: 'string', value: 'IDS', description: 'only these features, for example 12,15; all else stays' },
    salvage: { type: 'boolean', description: 'also keep the newer features that the damaged database still gives up' },
  },
  selectors: { least: 0, most: 1 },
  examples: [
    ['feature-backups restore last-good --dry-run', 'what going back to the last good backup would change'],
    ['feature-backups restore ~/shop-front features_598_20260125-1446', 'a certain backup of another project'],
    ['feature-backups restore latest --features 12,15', 'only two features'],
    ['feature-backups restore --at HEAD~3', 'the backlog as it was at a commit'],
    ['feature-backups restore last-good --salvage', 'the last good backup, and what is newer in the damaged database'],
  ],
  async run(invocation, console) {
    const engine = { ports: console.ports, cwd: console.cwd };
    const features = featureIds(invocation.options);
    const scope = { features, salvage: invocation.options.has('salvage') };
    if (features !== undefined && scope.salvage)
      throw wrongUsage(restoreCommand, '--features and --salvage exclude each other');
    const project = await openProject(invocation.project, engine);
    const plan = await planRestore(project, await selectorOf(project, invocation, console), { ...engine, ...scope });
    const force = invocation.options.has('force');
    // By its whole name, so that what is carried out is what was shown.
    const carryOut = () => restore(project, plan.backup.id, { ...engine, ...scope, force });
    const part = features === undefined ? undefined : count(features.length, 'feature');
    return await restoreWithConsent({ plan, part, carryOut }, invocation, console);
  },
};

async function selectorOf(project: Project, { selectors, options }: Invocation, console: Console): Promise<string> {
  const [selector] = selectors;
  const commitIsh = options.text('at');
  if (commitIsh !== undefined && selector !== undefined) {
    throw wrongUsage(restoreCommand, 'Name a backup or a commit, not both');
  }
  if (commitIsh !== undefined) return await backupAtCommit(project, commitIsh, console);
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
