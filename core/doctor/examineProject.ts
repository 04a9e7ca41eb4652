import {
  connectedFiles,
  readWrittenConnections,
  splitCommand,
  type WrittenHook,
  type WrittenTap,
} from '../agents/index.js';
import { featuresInWords } from '../database/index.js';
import {
  assess,
  connectionName,
  isAlarm,
  notConnected,
  type HealthProblem,
  type HealthProblemCode,
  type ProjectSummary,
} from '../health/index.js';
import type { Project } from '../project/index.js';
import type { SetupKind, SetupPrograms } from '../setup/index.js';
import type { Ports } from '../system/index.js';
import { checkHook, checkTap, untried } from './agentChecks.js';
import { ok, type DoctorCheck, type DoctorLink } from './check.js';
import { checkGitHooks } from './gitCheck.js';
import { isOwnStart, isPlainCommand } from './ownStart.js';
import { checkService } from './serviceCheck.js';
import { checkStorage } from './storageChecks.js';

/** What `doctor` found out about one project. */
export interface DoctorReport {
  readonly project: Project;
  /** In the order from the database to the programs that back it up. */
  readonly checks: readonly DoctorCheck[];
  /** Whether no check found a problem. */
  readonly isOk: boolean;
}

/**
 * Tries every link of a project's protection: writes and removes a file wherever backups are stored, and starts each
 * installed hook and tap, which then only report what they would back up. Starts nothing of the user.
 */
export async function examineProject(project: Project, programs: SetupPrograms, ports: Ports): Promise<DoctorReport> {
  const { summary, problems: assessed } = await assess(project, ports);
  const isUnconnected = summary?.connections?.isConnected === false;
  const isReported = assessed.some(({ code }) => code === 'not-connected');
  const problems = isUnconnected && !isReported ? [...assessed, notConnected()] : assessed;
  const storage = await checkStorage(project, ports);
  const found = problems
    .map((each) => ({ code: each.code, check: checkOf(each) }))
    .filter(({ code, check }) => !isExplained(code, check, storage))
    .map(({ check }) => check);
  const database = found.some(({ link }) => link === 'database') ? [] : databaseCheck(summary);
  const backups = found.some(({ link }) => link === 'backups') ? [] : backupsCheck(summary);
  const working = storage.filter(
    (check) =>
      check.state !== 'ok' || !found.some(({ link, subject }) => link === check.link && subject === check.subject),
  );
  const checks = [
    ...database,
    ...backups,
    ...working,
    ...(await connectionChecks(project, summary, problems, programs, ports)),
    ...checkService(programs, ports),
    ...found,
  ].toSorted((one, other) => LINKS.indexOf(one.link) - LINKS.indexOf(other.link));
  return { project, checks, isOk: checks.every(({ state }) => state !== 'problem') };
}

const LINKS: readonly DoctorLink[] = [
  ...(['database', 'backups', 'store', 'vault', 'target', 'state', 'git', 'hook', 'tap', 'service'] as const),
  'connections',
];

/** The links of problems that are not about the backups themselves. */
const LINK_OF_CODE: Partial<Readonly<Record<HealthProblemCode, DoctorLink>>> = {
  'database-damaged': 'database',
  'database-gone': 'database',
  'database-shrunk': 'database',
  'other-database': 'database',
  'unsafe-file-system': 'database',
  'store-unusable': 'store',
  'not-connected': 'connections',
};

function checkOf(problem: HealthProblem): DoctorCheck {
  const { code, subject, description, advice } = problem;
  const state = isAlarm(problem) ? 'problem' : 'information';
  const common = { subject, state, description, advice } as const;
  switch (code) {
    case 'connection-broken':
      return { ...common, ...brokenLink(subject) };
    case 'replication-failed':
      return subject === 'vault' ? { ...common, link: 'vault', subject: '' } : { ...common, link: 'target' };
    default:
      return { ...common, link: LINK_OF_CODE[code] ?? 'backups' };
  }
}

function brokenLink(subject: string): { readonly link: DoctorLink; readonly repair: SetupKind } {
  if (subject === 'git') return { link: 'git', repair: 'git' };
  return /(?:^|\/)\.claude\//.test(subject) ? { link: 'hook', repair: 'claude' } : { link: 'tap', repair: 'mcp' };
}

/** A storage that cannot be written now explains why backups or syncs failed earlier. */
function isExplained(
  code: HealthProblemCode,
  { link, subject }: DoctorCheck,
  storage: readonly DoctorCheck[],
): boolean {
  const failed = storage.filter(({ state }) => state === 'problem');
  if (code === 'backup-failed') return failed.some((check) => check.link === 'store');
  return failed.some((check) => check.link === link && check.subject === subject);
}

function databaseCheck(summary: ProjectSummary | undefined): readonly DoctorCheck[] {
  if (summary?.live === undefined) return [];
  const { counts } = summary.live;
  const contents = counts === undefined ? 'can be read' : `is intact and contains ${featuresInWords(counts)}`;
  return [ok('database', '', `${summary.project.databasePath} ${contents}.`)];
}

function backupsCheck(summary: ProjectSummary | undefined): readonly DoctorCheck[] {
  const newest = summary?.newest;
  return newest === undefined ? [] : [ok('backups', '', `The newest backup is ${newest.id}.`)];
}

/** Tries the connections that are not already known to be broken. */
async function connectionChecks(
  project: Project,
  summary: ProjectSummary | undefined,
  problems: readonly HealthProblem[],
  programs: SetupPrograms,
  ports: Ports,
): Promise<readonly DoctorCheck[]> {
  const broken = new Set(problems.filter(({ code }) => code === 'connection-broken').map(({ subject }) => subject));
  const made = connectedFiles(project, ports);
  const checks: DoctorCheck[] = [];
  const hooks = summary?.connections?.hooks;
  if (hooks !== undefined && hooks.problem === undefined) checks.push(await checkGitHooks(hooks, project, ports));
  for (const connection of differentCommands(readWrittenConnections(project.root, ports))) {
    const isHook = connection.kind === 'claude';
    const { path } = connection;
    if (broken.has(connectionName({ path, server: isHook ? undefined : connection.server }, project.root))) continue;
    if (!isHarmless(connection, project, programs)) {
      checks.push(untried(connection, project, made.includes(path)));
      continue;
    }
    checks.push(await (isHook ? checkHook(connection, project, ports) : checkTap(connection, project, ports)));
  }
  return checks;
}

function isHarmless(connection: WrittenHook | WrittenTap, { root }: Project, programs: SetupPrograms): boolean {
  if (connection.kind === 'mcp') return isOwnStart(connection.start, 'tap', root, programs);
  const { command } = connection;
  return isPlainCommand(command) && isOwnStart(splitCommand(command), 'hook', root, programs);
}

/** One command can serve several events. */
function differentCommands(all: readonly (WrittenHook | WrittenTap)[]): readonly (WrittenHook | WrittenTap)[] {
  return all.filter((connection, index) => {
    if (connection.kind === 'mcp') return true;
    const { path, command } = connection;
    return (
      all.findIndex((other) => other.kind === 'claude' && other.path === path && other.command === command) === index
    );
  });
}
