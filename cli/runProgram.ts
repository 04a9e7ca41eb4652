import type { ExitCode } from '../core/system/index.js';

/** Runs the program to its exit code; what is thrown is reported, in JSON where that was asked for. */
export function runProgram(
  args: readonly string[],
  dispatch: (args: readonly string[], json: boolean) => Promise<ExitCode>,
): void {
  const json = wantsJson(args);
  void dispatch(args, json)
    .catch(async (error: unknown) => {
      const { reportError } = await import('./printing/errors.js');
      return await reportError(error, json);
    })
    .then((code) => {
      process.exitCode = code;
    });
}

/** Known before anything else is parsed, so that even a wrong command line is answered in JSON. */
function wantsJson(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return (end === -1 ? args : args.slice(0, end)).includes('--json');
}
