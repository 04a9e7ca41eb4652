import { beforeSqlEngineCompiles } from '../core/database/index.js';
import { preferQuickStart } from '../launch/quickStart.js';
import { backupCommand } from './commands/backup.js';
import { openConsole } from './console.js';
import { parseInvocation } from './parseInvocation.js';
import { runProgram } from './runProgram.js';

/** Read by the launcher: whether this run has compiled nearly everything that later runs need. */
export { hasLoadedSqlEngine } from '../core/database/index.js';

beforeSqlEngineCompiles(preferQuickStart);

// A separate bundle for the most frequent command: Node reads a whole file before it runs it, and most of cli.cjs
// belongs to other commands.
runProgram(process.argv.slice(3), async (args, json) => {
  const console = await openConsole(json);
  return await backupCommand.run(parseInvocation(backupCommand, args, console.cwd), console);
});
