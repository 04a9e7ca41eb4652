import { resolve } from 'node:path';
import { deleteFromVault, listVault, type VaultProject } from '../../core/engine.js';
import { BackupError, countInWords, EXIT, sizeInWords, visible, type ExitCode } from '../../core/system/index.js';
import { realPath } from '../../core/project/index.js';
import { CONSENT_OPTIONS, type Command, type Invocation } from '../command.js';
import { confirm } from '../confirm.js';
import type { Console } from '../console.js';
import { wrongUsage } from '../parseInvocation.js';
import { printTable } from '../printing/table.js';
import { age } from '../printing/words.js';

export const vaultCommand: Command = {
  name: 'vault',
  summary: 'list or delete the copies in the vault',
  arguments: '[forget <folder or key> | purge]',
  description: 'List or delete the copies of backups in the vault, a folder outside your projects.',
  output: 'One line per project, tab-separated: key, folder, backups, bytes, time of the newest backup.',
  options: CONSENT_OPTIONS,
  takesProject: false,
  selectors: { minArguments: 0, maxArguments: 2 },
  examples: [
    ['feature-backups vault', 'every project in the vault, with its size'],
    ['feature-backups vault forget ~/old-shop', 'delete the copies of one project'],
    ['feature-backups vault purge --dry-run', 'preview only'],
  ],
  async run(invocation, console) {
    const [action, folderOrKey] = invocation.selectors;
    const listed = await listVault({ ports: console.ports });
    const vault = listed?.vault;
    const projects = listed?.projects ?? [];
    if (action === undefined && invocation.project === undefined) return show(vault, projects, console);
    if (action === 'purge' && folderOrKey === undefined)
      return await remove(projects, 'all copies in the vault', invocation, console);
    if (action !== 'forget' || folderOrKey === undefined)
      throw wrongUsage(vaultCommand, 'Expected no argument, purge, or forget with a folder or key');
    const root = realPath(resolve(console.cwd, folderOrKey), console.ports);
    const chosen = projects.filter((project) => project.key === folderOrKey || project.root === root);
    if (chosen.length === 0) throw notInVault(folderOrKey, vault);
    return await remove(chosen, `the copies of ${visible(folderOrKey)} in the vault`, invocation, console);
  },
};

function show(vault: string | undefined, projects: readonly VaultProject[], console: Console): ExitCode {
  console.printJson({ vault: vault ?? null, projects: projects.map(viewOf) });
  if (vault === undefined || projects.length === 0) {
    console.note('The vault is empty. The next backup of a project adds a copy.\n');
    return EXIT.done;
  }
  const now = console.ports.now();
  const cells = ({ key, root, backupCount }: VaultProject, size: string, newest: string): readonly string[] => [
    ...[key, visible(root ?? '?'), String(backupCount), size, newest],
  ];
  printTable(
    console,
    COLUMNS,
    console.json
      ? []
      : projects.map((project) =>
          console.isTerminal
            ? cells(
                project,
                sizeInWords(project.sizeBytes),
                project.newestAt === undefined ? '' : age(project.newestAt, now),
              )
            : cells(project, String(project.sizeBytes), project.newestAt?.toISOString() ?? ''),
        ),
  );
  if (console.isTerminal) {
    const total = `${countInWords(projects.length, 'project')}, ${sizeInWords(sizeOf(projects))}, in ${visible(vault)}`;
    console.print(`${console.colours.dim(total)}\n`);
  }
  return EXIT.done;
}

const COLUMNS = [
  { title: 'KEY' },
  { title: 'PROJECT' },
  { title: 'BACKUPS', align: 'right' },
  { title: 'SIZE', align: 'right' },
  { title: 'NEWEST' },
] as const;

async function remove(
  projects: readonly VaultProject[],
  subject: string,
  invocation: Invocation,
  console: Console,
): Promise<ExitCode> {
  const count = projects.reduce((sum, { backupCount }) => sum + backupCount, 0);
  console.print(`${countInWords(count, 'copy', 'copies')}, ${sizeInWords(sizeOf(projects))}:\n`);
  for (const { key, root } of projects) console.print(`  ${visible(key)}  ${visible(root ?? '?')}\n`);
  if (invocation.options.has('dry-run')) {
    console.printJson({ status: 'planned', projects: projects.map(viewOf) });
    return EXIT.done;
  }
  const question = `Delete ${subject}? This cannot be undone. Backups in the projects themselves stay.`;
  if ((await confirm({ question, wouldDo: `delete ${subject}` }, invocation, console)) === 'declined')
    return EXIT.refused;
  for (const { key } of projects) await deleteFromVault(key, { ports: console.ports });
  console.print(`Deleted ${subject}.\n`);
  console.printJson({ status: 'deleted', projects: projects.map(viewOf) });
  return EXIT.done;
}

function sizeOf(projects: readonly VaultProject[]): number {
  return projects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

function viewOf({ key, root, backupCount, sizeBytes, newestAt }: VaultProject) {
  return { key, root: root ?? null, backupCount, sizeBytes, newestAt: newestAt?.toISOString() ?? null };
}

function notInVault(folderOrKey: string, vault: string | undefined): BackupError {
  return new BackupError(`The vault contains no copies of ${folderOrKey}`, {
    code: 'project-not-found',
    operation: 'delete copies in the vault',
    path: vault,
    hint: 'Run feature-backups vault to list its projects.',
  });
}
