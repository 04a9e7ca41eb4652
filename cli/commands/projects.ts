import { listProjects, readRecordOf, type KnownProject, type RecordOfProject } from '../../core/engine.js';
import { BackupError, EXIT, visible } from '../../core/system/index.js';
import type { Command } from '../command.js';
import type { Console } from '../console.js';
import { wrongUsage } from '../parseInvocation.js';
import { printTable } from '../printing/table.js';
import { age } from '../printing/words.js';

export const projectsCommand: Command = {
  name: 'projects',
  summary: 'list all known projects',
  arguments: '',
  description: 'List every project that --all covers, with its last backup.',
  output: 'One line per project, tab-separated: folder, status, last backup, backups in the vault.',
  options: {},
  selectors: { minArguments: 0, maxArguments: 0 },
  examples: [['feature-backups projects --json', 'with everything that your state folder records']],
  async run({ project }, console) {
    if (project !== undefined) throw wrongUsage(projectsCommand, 'Do not name a project: the list covers all of them');
    const listed: ListedProject[] = [];
    for (const known of await listProjects({ ports: console.ports })) {
      listed.push({ known, ...(await recordOf(known, console)) });
    }
    console.printJson({ projects: listed.map(viewOf) });
    const now = console.ports.now();
    const cells = ({ known, record }: ListedProject): readonly string[] => {
      const { createdAt } = known.lastBackup ?? {};
      const last = createdAt === undefined ? '' : console.isTerminal ? age(new Date(createdAt), now) : createdAt;
      return [visible(known.root), STATUSES[known.status], last, String(record?.vaultCount ?? 0)];
    };
    printTable(console, COLUMNS, console.json ? [] : listed.map(cells));
    if (listed.length === 0) console.note('No known projects. A project is recorded when it is first backed up.\n');
    return EXIT.done;
  },
};

const COLUMNS = [
  { title: 'PROJECT' },
  { title: 'STATUS' },
  { title: 'LAST BACKUP' },
  { title: 'IN VAULT', align: 'right' },
] as const;

const STATUSES = { present: 'present', gone: 'missing', 'no-database': 'no database' } as const;

interface ListedProject {
  readonly known: KnownProject;
  /** Undefined if it was never backed up, or if the record cannot be read. */
  readonly record: RecordOfProject | undefined;
  readonly problem: string | undefined;
}

/** An unreadable record is a warning, and the other projects are still listed. */
async function recordOf({ root }: KnownProject, { ports }: Console): Promise<Omit<ListedProject, 'known'>> {
  try {
    return { record: await readRecordOf(root, { ports }), problem: undefined };
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    ports.onWarning?.(error.message);
    return { record: undefined, problem: error.message };
  }
}

function viewOf({ known, record, problem }: ListedProject) {
  const { root, name, origins, status, lastBackup } = known;
  const project = { root, name, origins, status, lastBackup: lastBackup ?? null, vaultCount: record?.vaultCount ?? 0 };
  return { ...project, record: record === undefined ? null : recordView(record), recordProblem: problem ?? null };
}

function recordView(record: RecordOfProject) {
  const { roots, databasePath, storePath, remotes, vaultKeys, connections, targets } = record;
  return { roots, databasePath, storePath, remotes, vaultKeys, connections, targets };
}
