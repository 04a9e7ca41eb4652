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
  brokenConnections,
  connectionName,
  connectionsState,
  isAlarm,
  notConnected,
  type HealthProblem,
  type HealthProblemCode,
  type ConnectionsState,
} from '../health/index.js';
import { observeLive, type LiveObservation } from '../live/index.js';
import type { Project } from '../project/index.js';
import type { SetupKind, SetupPrograms } from '../setup/index.js';
import type { Backup } from '../store/index.js';
import { BackupError, type Ports } from '../system/index.js';
import { checkHook, checkTap, untried } from './agentChecks.js';
import { ok, problem, type DoctorCheck, type DoctorLink } from './check.js';
import { checkGitHooks } from './gitCheck.js';
import type { ProbedProject } from './runProbe.js';
import { isOwnStart, isPlainCommand } from './ownStart.js';
import { checkService } from './serviceCheck.js';
import { checkStorage } from './storageChecks.js';
import { checkUnopened, type UnopenedProject } from './unopenedProject.js';

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
export async function examineProject(
  examined: Project | UnopenedProject,
  programs: SetupPrograms,
  ports: Ports,
): Promise<DoctorReport> {
  const unopened = 'error' in examined ? examined : undefined;
  const project = 'error' in examined ? examined.project : examined;
  const { live, newest, connections, problems } = await observe(project, ports);
  const obstacle = unopened === undefined ? [] : [checkUnopened(unopened, ports)];
  const storage = [
    ...obstacle,
    ...(await checkStorage(project, ports)).filter(({ link }) => !obstacle.some((check) => check.link === link)),
  ];
  const found = problems
    .map((each) => ({ code: each.code, check: checkOf(each) }))
    .filter(({ code, check }) => !isExplained(code, check, storage))
    .map(({ check }) => check);
  const known = [...obstacle, ...found];
  const database = known.some(({ link }) => link === 'database') ? [] : databaseCheck(project, live);
  const backups = known.some(({ link }) => link === 'backups') ? [] : backupsCheck(newest);
  const working = storage.filter(
    (check) =>
      check.state !== 'ok' || !found.some(({ link, subject }) => link === check.link && subject === check.subject),
  );
  const checks = [
    ...database,
    ...backups,
    ...working,
    ...(await connectionChecks({ project, error: unopened?.error }, connections, problems, programs, ports)),
    ...checkService(programs, ports),
    ...found,
  ].toSorted((one, other) => LINKS.indexOf(one.link) - LINKS.indexOf(other.link));
  return { project, checks, isOk: checks.every(({ state }) => state !== 'problem') };
}

interface Observations {
  readonly live: LiveObservation | undefined;
  readonly newest: Backup | undefined;
  readonly connections: ConnectionsState | undefined;
  readonly problems: readonly HealthProblem[];
}

async function observe(project: Project, ports: Ports): Promise<Observations> {
  const { summary, problems } = await assess(project, ports);
  const observed = summary ?? (await observeWithoutStore(project, ports));
  const { live, newest, connections } = observed;
  const broken = summary === undefined && connections ? brokenConnections(connections, project.root) : [];
  const all = [...problems, ...broken];
  const isUnreported = all.every(({ code }) => code !== 'not-connected');
  const missing = connections?.isConnected === false && isUnreported ? [notConnected()] : [];
  return { live, newest, connections, problems: [...all, ...missing] };
}

/** What can be observed if the store cannot be read. */
async function observeWithoutStore(
  project: Project,
  ports: Ports,
): Promise<Pick<Observations, 'live' | 'newest' | 'connections'>> {
  const catalog = { storePath: project.storePath, backups: [], newest: undefined, totalSizeBytes: 0 };
  const connections = connectionsState(project, [], ports);
  try {
    return { live: await observeLive(project, catalog, ports), newest: undefined, connections };
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    return { live: undefined, newest: undefined, connections };
  }
}

const LINKS: readonly DoctorLink[] = [
  ...([
    'configuration',
    'database',
    'backups',
    'store',
    'vault',
    'target',
    'state',
    'git',
    'hook',
    'tap',
    'service',
  ] as const),
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
  if (code === 'backup-failed') return failed.some((check) => check.link === 'store' || check.link === 'configuration');
  return failed.some((check) => check.link === link && check.subject === subject);
}

function databaseCheck({ databasePath }: Project, live: LiveObservation | undefined): readonly DoctorCheck[] {
  if (live === undefined) return [];
  const { condition, counts, problems } = live;
  if (condition === 'damaged' || condition === 'gone') {
    const description = `The live database ${databasePath} is ${condition === 'gone' ? 'missing' : 'damaged'}`;
    const reason = condition === 'gone' || problems[0] === undefined ? '' : ` (${problems[0]})`;
    return [problem('database', '', { description: `${description}${reason}.` })];
  }
  const contents = counts === undefined ? 'can be read' : `is intact and contains ${featuresInWords(counts)}`;
  return [ok('database', '', `${databasePath} ${contents}.`)];
}

function backupsCheck(newest: Backup | undefined): readonly DoctorCheck[] {
  return newest === undefined ? [] : [ok('backups', '', `The newest backup is ${newest.id}.`)];
}

/** Tries the connections that are not already known to be broken. */
async function connectionChecks(
  probed: ProbedProject,
  connections: ConnectionsState | undefined,
  problems: readonly HealthProblem[],
  programs: SetupPrograms,
  ports: Ports,
): Promise<readonly DoctorCheck[]> {
  const { project } = probed;
  const broken = new Set(problems.filter(({ code }) => code === 'connection-broken').map(({ subject }) => subject));
  const made = connectedFiles(project, ports);
  const checks: DoctorCheck[] = [];
  const hooks = connections?.hooks;
  if (hooks !== undefined && hooks.problem === undefined) checks.push(await checkGitHooks(hooks, probed, ports));
  for (const connection of differentCommands(readWrittenConnections(project.root, ports))) {
    const isHook = connection.kind === 'claude';
    const { path } = connection;
    if (broken.has(connectionName({ path, server: isHook ? undefined : connection.server }, project.root))) continue;
    if (!isHarmless(connection, project, programs)) {
      checks.push(untried(connection, project, made.includes(path)));
      continue;
    }
    checks.push(await (isHook ? checkHook(connection, probed, ports) : checkTap(connection, probed, ports)));
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
