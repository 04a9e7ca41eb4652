import { beforeSqlEngineCompiles } from '../core/database/index.js';
import { preferQuickStart } from '../launch/quickStart.js';
import { backupCommand } from './commands/backup.js';
import { openConsole } from './console.js';
import { parseInvocation } from './parseInvocation.js';
import { runProgram } from './runProgram.js';

/** For the launcher: then nearly all that runs need has been compiled. */
export { hasLoadedSqlEngine } from '../core/database/index.js';

beforeSqlEngineCompiles(preferQuickStart);

// The command that runs at every commit and in every script is a bundle of its own: Node reads the whole of a file
// before it runs any of it, and the other commands would be most of it.
runProgram(process.argv.slice(3), async (args, json) => {
  const console = await openConsole(json);
  return await backupCommand.run(parseInvocation(backupCommand, args, console.cwd), console);
});
