import type { ExitCode } from '../core/system/index.js';

/** Runs the program and sets its exit code. Reports an error, as JSON if --json is given. */
export function runProgram(
  args: readonly string[],
  dispatch: (args: readonly string[], json: boolean) => Promise<ExitCode>,
): void {
  const json = isJsonRequested(args);
  void dispatch(args, json)
    .catch(async (error: unknown) => {
      const { reportError } = await import('./printing/errors.js');
      return await reportError(error, json);
    })
    .then((code) => {
      process.exitCode = code;
    });
}

/** Determined before parsing: even a wrong command line is reported as JSON. */
function isJsonRequested(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return (end === -1 ? args : args.slice(0, end)).includes('--json');
}
