import { beforeSqlEngineCompiles } from '../core/database/index.js';
import { EXIT, type ExitCode } from '../core/system/index.js';
import { preferQuickStart } from '../launch/quickStart.js';
import { parseCommandLine } from './parseCommandLine.js';
import { openConsole } from './console.js';
import { runProgram } from './runProgram.js';
import { STDERR, STDOUT, write } from './printing/streams.js';

/** Defined by the bundler. */
declare const __FEATURE_BACKUPS_VERSION__: string;

/** Read by the launcher: whether this run has compiled nearly everything that later runs need. */
export { hasLoadedSqlEngine } from '../core/database/index.js';

beforeSqlEngineCompiles(preferQuickStart);
runProgram(process.argv.slice(2), dispatch);

async function dispatch(args: readonly string[], json: boolean): Promise<ExitCode> {
  const line = await parseCommandLine(args);
  if (line.kind === 'version') {
    write(
      STDOUT,
      json ? `${JSON.stringify({ version: __FEATURE_BACKUPS_VERSION__ })}\n` : `${__FEATURE_BACKUPS_VERSION__}\n`,
    );
    return EXIT.done;
  }
  if (line.kind === 'run' && line.command.runUnparsed !== undefined) return await line.command.runUnparsed(line.args);
  const console = await openConsole(json);
  if (line.kind === 'run') {
    const { parseInvocation } = await import('./parseInvocation.js');
    return await line.command.run(parseInvocation(line.command, line.args, console.cwd), console);
  }
  const { commandHelp, mainHelp } = await import('./help.js');
  const help =
    line.command === undefined ? await mainHelp(console.colours) : commandHelp(line.command, console.colours);
  write(line.isRequested ? STDOUT : STDERR, help);
  return line.isRequested ? EXIT.done : EXIT.usage;
}
