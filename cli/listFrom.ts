import { readStoredProjects, type StoredProject } from '../core/replication/index.js';
import { countInWords, EXIT, visible, type ExitCode } from '../core/system/index.js';
import type { Invocation } from './command.js';
import type { Console } from './console.js';
import { openFrom } from './fetchFrom.js';
import { printBackups } from './printing/backups.js';
import { printTable } from './printing/table.js';
import { age } from './printing/words.js';
import { backupView } from './views.js';

/** `list --from`: the projects on a target, or the backups if there is only one project. */
export async function listFrom(invocation: Invocation, from: string, console: Console): Promise<ExitCode> {
  const target = await openFrom(invocation, from, console);
  const of = invocation.options.text('of');
  const all = await readStoredProjects(target);
  const projects = of === undefined ? all : all.filter(({ key, name }) => key === of || name === of);
  console.printJson({ target: target.name, place: target.place, projects: projects.map(storedView) });
  const [only] = projects;
  if (only === undefined)
    console.note(`No backups ${of === undefined ? '' : `of ${visible(of)} `}on ${visible(target.place)}.\n`);
  else if (projects.length === 1)
    printBackups(
      only.content.copies.map(({ backup }) => backup),
      console,
    );
  else printProjects(projects, console);
  if (only !== undefined && console.isTerminal) {
    const summary =
      projects.length === 1
        ? `${countInWords(only.content.copies.length, 'backup')} of ${visible(only.key)}`
        : countInWords(projects.length, 'project');
    console.print(`${console.colours.dim(`${summary} on ${visible(target.place)}`)}\n`);
  }
  return projects.length === 0 ? EXIT.notFound : EXIT.done;
}

const COLUMNS = [
  { title: 'PROJECT' },
  { title: 'FOLDER' },
  { title: 'HOST' },
  { title: 'BACKUPS', align: 'right' },
  { title: 'NEWEST' },
] as const;

function printProjects(projects: readonly StoredProject[], console: Console): void {
  const now = console.ports.now();
  const cells = ({ key, root, host, content }: StoredProject, newest: string): readonly string[] => [
    key,
    visible(root),
    visible(host),
    String(content.copies.length),
    newest,
  ];
  const newestOf = ({ content }: StoredProject): Date | undefined => content.copies[0]?.backup.createdAt;
  printTable(
    console,
    COLUMNS,
    projects.map((stored) => cells(stored, newestOf(stored) === undefined ? '' : age(newestOf(stored) ?? now, now))),
    projects.map((stored) => cells(stored, newestOf(stored)?.toISOString() ?? '')),
  );
}

function storedView({ key, name, host, root, database, content }: StoredProject) {
  return { key, name, host, root, database, backups: content.copies.map(({ backup }) => backupView(backup)) };
}
