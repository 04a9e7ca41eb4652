import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { listBackups } from '../../core/engine.js';
import { featureServer } from '../support/mcp/servers.js';
import { makeFeatureDatabase, type FeatureDatabaseSpec } from '../support/pythonSqlite.js';
import { buildCli, CLI_PATH, runCli } from '../support/runCli.js';
import { assertNoLeftovers } from '../support/storeProof.js';
import { useTemporaryFolder } from '../support/temporaryFolder.js';
import { testProject } from '../support/testProject.js';
import { startSession, type RunningSession, type Session, type SessionEnd } from './claudeSession.js';
import type { ToolUse } from './messagesServer.js';

/** Defines tests with the real Claude Code. If it is not installed, defines one skipped test that gives the reason. */
export function describeWithClaude(title: string, define: (claude: ClaudeUser) => void): void {
  if (claudeProgram !== undefined) {
    describe(title, function () {
      this.timeout(60_000);
      define(useClaude(claudeProgram));
    });
  } else if (!isReported) {
    isReported = true;
    describe('Claude Code', () => void it('is not installed (npm run test:agents installs it)'));
  }
}

const claudeProgram = findProgram();
let isReported = false;

function findProgram(): string | undefined {
  const require = createRequire(import.meta.url);
  const system = `${process.platform}-${process.arch}`;
  for (const name of [system, `${system}-musl`]) {
    try {
      return join(dirname(require.resolve(`@anthropic-ai/claude-code-${name}/package.json`)), 'claude');
    } catch {
      // Not a package for this system, or not installed.
    }
  }
  return undefined;
}

/** A user of Claude Code with a home and settings of their own. */
export interface ClaudeUser {
  readonly join: (...parts: string[]) => string;
  /** Creates a project; by default with five features, one of them passing. */
  readonly project: (name?: string, spec?: FeatureDatabaseSpec) => string;
  /** Creates a project with the hook. */
  readonly connectedProject: (name?: string, spec?: FeatureDatabaseSpec) => Promise<string>;
  /** Configures the feature server of a project. */
  readonly addServer: (project: string) => Promise<void>;
  /** Writes the user's own settings of Claude Code. */
  readonly configure: (settings: object) => void;
  /** Runs the command line of the product, which must succeed. */
  readonly cli: (project: string, ...args: readonly string[]) => Promise<string>;
  readonly start: (session: Session) => Promise<RunningSession>;
  readonly run: (session: Session) => Promise<SessionEnd>;
}

function useClaude(program: string): ClaudeUser {
  const folder = useTemporaryFolder();
  const running = new Set<ChildProcess>();
  beforeEach('build', () => {
    buildCli();
    mkdirSync(folder.join('temporary'));
    mkdirSync(folder.join('bin'));
    const program = `#!/bin/sh\nexec '${process.execPath}' '${CLI_PATH}' "$@"\n`;
    writeFileSync(folder.join('bin/feature-backups'), program, { mode: 0o755 });
  });
  afterEach('end Claude Code', () => {
    for (const child of running) child.kill('SIGKILL');
    running.clear();
  });

  const environment = () => ({
    HOME: folder.join('home'),
    PATH: `${folder.join('bin')}:${process.env.PATH ?? ''}`,
    TMPDIR: folder.join('temporary'),
  });
  const project = (name = 'shop', spec: FeatureDatabaseSpec = { features: 5, passing: 1 }): string => {
    makeFeatureDatabase(folder.join(name, DATABASE), spec);
    return folder.join(name);
  };
  const cli = async (cwd: string, ...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await runCli(args, { cwd, env: environment() });
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const configure = (settings: object): void => {
    mkdirSync(folder.join('home/.claude'), { recursive: true });
    writeFileSync(folder.join('home/.claude/settings.json'), JSON.stringify(settings));
  };
  const start = async (session: Session): Promise<RunningSession> => {
    const started = await startSession(program, environment(), session);
    running.add(started.child);
    return started;
  };
  return {
    join: (...parts) => folder.join(...parts),
    project,
    cli,
    connectedProject: async (name, spec) => {
      const path = project(name, spec);
      await cli(path, 'connect', 'claude');
      return path;
    },
    addServer: async (path) => {
      const { command, args } = await featureServer();
      const features = { command, args, env: { PROJECT_DIR: path } };
      writeFileSync(join(path, '.mcp.json'), JSON.stringify({ mcpServers: { features } }));
      // Claude Code would otherwise ask whether to start the project's servers.
      configure({ enableAllProjectMcpServers: true });
    },
    configure,
    start,
    run: async (session) => await (await start(session)).ended,
  };
}

export const DATABASE = 'features.db';

/** A command of the agent that marks feature 2 as passing, in a process of its own. */
export const WRITE_BY_COMMAND = `sqlite3 ${DATABASE} 'UPDATE features SET passes = 1 WHERE id = 2'`;

export function bash(command: string): ToolUse {
  return { name: 'Bash', input: { command, description: 'a command' } };
}

export function feature(tool: string, input: object = {}): ToolUse {
  return { name: `mcp__features__feature_${tool}`, input };
}

/** The backups before calls, as "reason: passing features". Those of the newest backup come first. */
export async function backedUpBefore(project: string): Promise<readonly string[]> {
  return (await eventsOf(project)).filter((event) => event.startsWith('before_'));
}

/** All events of a project's backups, in the same form. */
export async function eventsOf(project: string): Promise<readonly string[]> {
  const { backups } = await listBackups(project);
  return backups.flatMap(({ metadata, counts }) =>
    (metadata?.events ?? []).map(({ reason }) => `${reason}: ${counts.passing}`),
  );
}

/** Waits for this event, because the last backup may be made after the end of Claude Code; then, no lock is left. */
export async function waitForEnd(project: string, expected: string): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!(await eventsOf(project)).includes(expected)) {
    assert.ok(Date.now() < deadline, (await eventsOf(project)).join());
    await pause(50);
  }
  while (existsSync(join(project, '.feature_backups/.lock')) && Date.now() < deadline) await pause(50);
  assertNoLeftovers(testProject(project));
}
