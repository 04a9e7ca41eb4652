import { dirname } from 'node:path';
import type { WrittenHook, WrittenTap } from '../agents/index.js';
import { connectionName } from '../health/index.js';
import type { Project } from '../project/index.js';
import { isRecord, parseJson, type Ports } from '../system/index.js';
import { ok, problem, withFullStop, type DoctorCheck } from './check.js';
import {
  nodeInWords,
  nodeOf,
  reachedBy,
  reachedInWords,
  runProbe,
  type ProbedProject,
  type ProbeResult,
  type ProbeRun,
} from './runProbe.js';

/** Runs the command of a hook through a shell, with an event as Claude Code sends it. */
export async function checkHook(hook: WrittenHook, probed: ProbedProject, ports: Ports): Promise<DoctorCheck> {
  const { root } = probed.project;
  const event = {
    session_id: 'feature-backups-doctor',
    cwd: root,
    permission_mode: 'default',
    hook_event_name: hook.event,
    tool_name: 'mcp__features__feature_mark_passing',
    tool_input: { feature_id: 1 },
  };
  const run: ProbeRun = {
    program: 'sh',
    args: ['-c', hook.command],
    folder: root,
    environment: { CLAUDE_PROJECT_DIR: root, CLAUDE_PLUGIN_ROOT: dirname(dirname(hook.path)) },
    input: `${JSON.stringify(event)}\n`,
  };
  const subject = connectionName({ path: hook.path, server: undefined }, root);
  const result = await runProbe(run, ports);
  const words = {
    what: `The hook in ${subject}`,
    works: 'Claude Code backs up the project before a tool call',
    runs: 'Claude Code runs the hook before a tool call',
  };
  return judge('hook', subject, words, { result, isRunning: result.code === 0 }, probed, ports);
}

/** Starts a tap with a small server in place of the user's, which is never started. */
export async function checkTap(tap: WrittenTap, probed: ProbedProject, ports: Ports): Promise<DoctorCheck> {
  const { root } = probed.project;
  const file = connectionName({ path: tap.path, server: undefined }, root);
  const subject = connectionName(tap, root);
  if (tap.folder === undefined) {
    const description = `The server "${tap.server}" in ${file} works in a folder that only its client knows.`;
    return { link: 'tap', subject, state: 'information', description, advice: '' };
  }
  const [program, ...args] = tap.start;
  const run: ProbeRun = {
    program,
    args: [...args, '--', process.execPath, '-e', STUB_SERVER],
    folder: tap.folder,
    environment: { NODE_OPTIONS: undefined, ELECTRON_RUN_AS_NODE: '1', ...harmless(tap.environment) },
    input: REQUESTS.map((request) => `${JSON.stringify({ jsonrpc: '2.0', ...request })}\n`).join(''),
  };
  const result = await runProbe(run, ports);
  const isRunning = answeredIds(result).includes(CALL_ID);
  const words = {
    what: `The tap of "${tap.server}" in ${file}`,
    works: `The tap of "${tap.server}" in ${file} backs up the project`,
    runs: `The tap of "${tap.server}" in ${file} runs`,
  };
  return judge('tap', subject, words, { result, isRunning }, probed, ports, ownPlace(tap, probed.project, file));
}

/** Other variables could start programs, such as NODE_OPTIONS. */
function harmless(environment: WrittenTap['environment']): WrittenTap['environment'] {
  const names = new Set(['PROJECT_DIR', 'FEATURE_BACKUPS_STATE', 'FEATURE_BACKUPS_VAULT', 'FEATURE_BACKUPS_STRICT']);
  return Object.fromEntries(Object.entries(environment).filter(([name]) => names.has(name)));
}

/** A command that may start anything is not tried. `isMadeHere`: the user has changed what was installed. */
export function untried(connection: WrittenHook | WrittenTap, { root }: Project, isMadeHere: boolean): DoctorCheck {
  const isHook = connection.kind === 'claude';
  const { path } = connection;
  const server = isHook ? undefined : connection.server;
  return {
    link: isHook ? 'hook' : 'tap',
    subject: connectionName({ path, server }, root),
    state: isMadeHere ? 'problem' : 'information',
    description: `The command in ${connectionName({ path, server }, root)} also starts other programs, so it was not tried.`,
    advice: `Run feature-backups connect ${connection.kind} to write it again.`,
    repair: connection.kind,
  };
}

/** How to correct an entry of the user that lets the server work elsewhere. */
function ownPlace({ server, environment, folder }: WrittenTap, { root }: Project, file: string): string | undefined {
  if (environment.PROJECT_DIR !== undefined) return `Set PROJECT_DIR of the server "${server}" in ${file} to ${root}.`;
  return folder === root ? undefined : `Set "cwd" of the server "${server}" in ${file} to ${root}.`;
}

interface Words {
  readonly what: string;
  readonly works: string;
  /** For a project that cannot be opened. */
  readonly runs: string;
}

interface Outcome {
  readonly result: ProbeResult;
  /** Whether the client got what it waits for. */
  readonly isRunning: boolean;
}

function judge(
  link: 'hook' | 'tap',
  subject: string,
  { what, works, runs }: Words,
  { result: { answer, code, errors }, isRunning }: Outcome,
  probed: ProbedProject,
  ports: Ports,
  placeAdvice?: string,
): DoctorCheck {
  const kind = link === 'hook' ? 'claude' : 'mcp';
  const again = `Run feature-backups connect ${kind}.`;
  if (answer === undefined || !isRunning) {
    const end = code === undefined ? '' : ` with ${code === null ? 'a signal' : `status ${String(code)}`}`;
    const reason = errors === '' ? '' : `: ${errors}`;
    const description = withFullStop(`${what} ended without a backup${end}${reason}`);
    if (errors.includes('Node.js 20.19'))
      return problem(link, subject, { description, advice: 'Install Node.js 20.19 or later.' });
    return problem(link, subject, { description, advice: again, repair: kind });
  }
  const node = nodeOf(answer);
  const reached = reachedBy(answer, probed, ports);
  if (reached !== 'nothing')
    return ok(link, subject, `${reached === 'project' ? works : runs}, with ${nodeInWords(answer)}.`, node);
  const description = `${what} ${withFullStop(reachedInWords(answer))}`;
  if (placeAdvice !== undefined) return problem(link, subject, { description, advice: placeAdvice, node });
  return problem(link, subject, { description, advice: again, node, repair: kind });
}

const CALL_ID = 2;

/** What a client sends at its start, and a call that writes: the tap then searches for the project. */
const REQUESTS = [
  {
    id: 1,
    method: 'initialize',
    params: {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: { name: 'feature-backups-doctor', version: '1' },
    },
  },
  { method: 'notifications/initialized' },
  { id: CALL_ID, method: 'tools/call', params: { name: 'feature_mark_passing', arguments: { feature_id: 1 } } },
];

/** Answers every request, and ends with its input. */
const STUB_SERVER = `
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method } = JSON.parse(line);
  const serverInfo = { name: 'feature-backups-doctor', version: '1' };
  const result = method === 'initialize'
    ? { protocolVersion: '2025-06-18', capabilities: { tools: {} }, serverInfo }
    : { content: [] };
  if (id !== undefined) console.log(JSON.stringify({ jsonrpc: '2.0', id, result }));
});
`;

function answeredIds({ output }: ProbeResult): readonly unknown[] {
  return output.split('\n').flatMap((line) => {
    const message = parseJson(line);
    return isRecord(message) && 'result' in message ? [message.id] : [];
  });
}
