import { dirname, join } from 'node:path';
import { launcherIn, startWords } from '../../core/agents/programStart.js';
import { sqlite3 } from '../support/fixtureProject.js';
import { makeFeatureDatabase } from '../support/pythonSqlite.js';
import { CLI_PATH } from '../support/runCli.js';
import { makeTemporaryFolder, removeFolder } from '../support/temporaryFolder.js';
import { measure, processEnvironments, timeOfProcess, type Candidate, type ProcessEnvironment } from './measure.js';
import { printRatios } from './table.js';

const ROUNDS = 31;
const NODE = 'bare node -e 0';

/** The time of the hook that Claude Code waits for, relative to a bare node. */
export async function benchAgentHook(): Promise<void> {
  for (const around of processEnvironments()) {
    const folder = await makeTemporaryFolder();
    try {
      const measured = await measure(candidatesIn(folder, around), ROUNDS);
      printRatios(`The hook of Claude Code, 0.1 MB, ${around.name}`, measured, NODE);
    } finally {
      await removeFolder(folder);
    }
  }
}

function candidatesIn(folder: string, around: ProcessEnvironment): readonly Candidate[] {
  // As in the settings.
  const [program, ...words] = startWords(launcherIn(dirname(CLI_PATH), process.execPath));
  const projectAt = (name: string): string => {
    makeFeatureDatabase(join(folder, name, 'features.db'), { features: 500, passing: 100 });
    return join(folder, name);
  };
  const hook = (name: string, event: object, prepare: (project: string) => void = () => undefined): Candidate => {
    const project = projectAt(name);
    const run = (occurred: object): number => {
      const input = JSON.stringify({ session_id: '1', transcript_path: '/t.jsonl', cwd: project, ...occurred });
      return timeOfProcess(program, [...words, 'hook', 'claude'], around, input);
    };
    run(END);
    return {
      name,
      run: () => {
        prepare(project);
        return run(event);
      },
    };
  };
  const tool = (command: string) => ({
    hook_event_name: 'PreToolUse',
    tool_name: 'Bash',
    tool_input: { command },
    tool_use_id: 'toolu_1',
  });
  return [
    { name: NODE, run: () => timeOfProcess(process.execPath, ['-e', '0'], around) },
    hook('before a command that only reads', tool('git status && ls src')),
    hook('before another command, database unchanged', tool('npm test')),
    hook('before another command, database changed', tool('npm test'), changeOne),
    hook('start of a session, database intact', { hook_event_name: 'SessionStart', source: 'startup' }),
    hook('end of a session, database unchanged', END),
  ];
}

/** Also makes the first backup. */
const END = { hook_event_name: 'SessionEnd', reason: 'other' };

function changeOne(project: string): void {
  sqlite3(join(project, 'features.db'), 'UPDATE features SET passes = 1 - passes WHERE id = 1');
}
