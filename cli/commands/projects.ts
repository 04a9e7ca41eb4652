import { listProjects, listVault, readRecordOf, type KnownProject, type VaultProject } from '../../core/engine.js';
import { EXIT, visible } from '../../core/system/index.js';
import type { Command } from '../command.js';
import type { Console } from '../console.js';
import { wrongUsage } from '../parseInvocation.js';
import { printTable } from '../printing/table.js';
import { age } from '../printing/words.js';

export const projectsCommand: Command = {
  name: 'projects',
  summary: 'list all known projects',
  arguments: '',
  description: 'List the projects that commands with --all cover, and the records of their backups.',
  output: 'One line per project, tab-separated: folder, status, last backup, backups in the vault.',
  options: {},
  selectors: { minArguments: 0, maxArguments: 0 },
  examples: [['feature-backups projects --json', 'with the records of your state folder']],
  async run({ project }, console) {
    if (project !== undefined) throw wrongUsage(projectsCommand, 'This lists all projects; give no project');
    const engine = { ports: console.ports };
    const projects = await listProjects(engine);
    const inVault = (await listVault(engine))?.projects ?? [];
    console.printJson({
      projects: await Promise.all(
        projects.map(async (known) => ({ ...viewOf(known, inVault), record: await recordView(known, console) })),
      ),
    });
    const now = console.ports.now();
    const cells = (known: KnownProject): readonly string[] => {
      const { createdAt } = known.lastBackup ?? {};
      const last = createdAt === undefined ? '' : console.isTerminal ? age(new Date(createdAt), now) : createdAt;
      return [visible(known.root), STATUSES[known.status], last, String(viewOf(known, inVault).vaultCount)];
    };
    printTable(console, COLUMNS, console.json ? [] : projects.map(cells));
    if (projects.length === 0) console.note('No projects are known; the first backup of a project records it.\n');
    return EXIT.done;
  },
};

const COLUMNS = [
  { title: 'PROJECT' },
  { title: 'STATUS' },
  { title: 'LAST BACKUP' },
  { title: 'IN THE VAULT', align: 'right' },
] as const;

const STATUSES = { present: 'present', gone: 'missing', 'no-database': 'no database' } as const;

function viewOf({ root, name, origins, status, lastBackup }: KnownProject, inVault: readonly VaultProject[]) {
  const copies = inVault.filter((project) => project.root === root);
  const vaultCount = copies.reduce((sum, { backupCount }) => sum + backupCount, 0);
  return { root, name, origins, status, lastBackup: lastBackup ?? null, vaultCount };
}

/** The record of the project in the state folder; null if it was never backed up. */
async function recordView({ root }: KnownProject, { ports }: Console) {
  const { roots, databasePath, storePath, remotes, vaultKeys, connections, targets } =
    (await readRecordOf(root, { ports })) ?? {};
  if (roots === undefined) return null;
  return { roots, databasePath, storePath, remotes, vaultKeys, connections, targets };
}
