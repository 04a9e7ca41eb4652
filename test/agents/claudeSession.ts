import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { bareEnvironment } from '../support/runCli.js';
import {
  hookContexts,
  startMessagesServer,
  toolResults,
  type Conversation,
  type ModelRequest,
  type ToolResult,
  type Turn,
} from './messagesServer.js';

/** A run of `claude -p` in which the model is scripted. */
export interface Session {
  readonly cwd: string;
  /** Replaces the usual prompt; the conversation then has no turns. */
  readonly prompt?: string;
  readonly turns: readonly Turn[];
  readonly subagents?: readonly Conversation[];
  readonly args?: readonly string[];
  /** More variables for Claude Code. */
  readonly variables?: Readonly<Record<string, string>>;
}

export interface SessionEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The notices of hooks that the user reads. */
  readonly notices: readonly string[];
  /** The texts that hooks have added to the main conversation, for the model. */
  readonly contexts: readonly string[];
  /** The result of a tool call; turns and the calls of a turn count from 0. */
  readonly result: (turn: number, call?: number) => ToolResult;
}

export interface RunningSession {
  readonly child: ChildProcess;
  readonly ended: Promise<SessionEnd>;
}

/** Starts Claude Code. Its model and its environment are those of the test; it reads no input. */
export async function startSession(
  program: string,
  environment: Readonly<Record<string, string>>,
  { cwd, prompt, turns, subagents = [], args = [], variables = {} }: Session,
): Promise<RunningSession> {
  const main = { prompt: 'Work through the backlog.', turns };
  const model = await startMessagesServer([main, ...subagents]);
  const child = spawn(program, ['-p', prompt ?? main.prompt, ...OPTIONS, ...args], {
    cwd,
    env: bareEnvironment({ ...environment, ...CLAUDE_ENVIRONMENT, ...variables, ANTHROPIC_BASE_URL: model.url }),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  const ended = new Promise<SessionEnd>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      resolve({ code, signal, ...readSession(output, model.requests, main) });
    });
  }).finally(() => model.close());
  return { child, ended };
}

function readSession(
  output: string,
  requests: readonly ModelRequest[],
  main: Conversation,
): Pick<SessionEnd, 'notices' | 'contexts' | 'result'> {
  const results = toolResults(requests);
  return {
    notices: noticesIn(output),
    contexts: hookContexts(requests, main),
    result: (turn: number, call = 0) => {
      const result = results.get(`toolu_0_${turn}_${call}`);
      assert.ok(result, `No result of call ${call} in turn ${turn}: ${output}`);
      return result;
    },
  };
}

const OPTIONS = [
  ...['--output-format', 'stream-json', '--verbose'],
  ...['--allowedTools', 'Agent', 'Bash', 'Edit', 'Read', 'Write', 'mcp__features'],
];

/** The proxy does not exist, so no request of Claude Code leaves this computer. */
const CLAUDE_ENVIRONMENT = {
  ANTHROPIC_API_KEY: 'none',
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  DISABLE_AUTOUPDATER: '1',
  ENABLE_TOOL_SEARCH: 'false',
  HTTPS_PROXY: 'http://127.0.0.1:9',
  HTTP_PROXY: 'http://127.0.0.1:9',
  NO_PROXY: '127.0.0.1',
};

function noticesIn(output: string): readonly string[] {
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { readonly subtype?: string; readonly content?: string })
    .flatMap(({ subtype, content }) => (subtype === 'informational' && content !== undefined ? [content] : []));
}
