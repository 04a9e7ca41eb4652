import { BackupError, runProgram, type ProgramResult, type ProgramRun } from '../../system/index.js';

/**
 * Like `runProgram`, but has only one line of the output in memory. `onLine` receives each line without its line break;
 * if it throws, the program is ended and the error rethrown.
 */
export async function runLineByLine(run: ProgramRun, onLine: (line: string) => void): Promise<ProgramResult> {
  let rest: string[] = [];
  let restLength = 0;
  return await runProgram(run, (chunk) => {
    const [first = '', ...others] = chunk.toString('latin1').split('\n');
    rest.push(first);
    restLength += first.length;
    if (restLength > MAX_LINE_LENGTH) throw endlessLine(run.program);
    const last = others.pop();
    if (last === undefined) return;
    for (const line of [rest.join(''), ...others]) onLine(line.endsWith('\r') ? line.slice(0, -1) : line);
    rest = [last];
    restLength = last.length;
  });
}

/** A feature of 128 MB in hex. */
const MAX_LINE_LENGTH = 256 * 1024 * 1024;

function endlessLine(program: string): BackupError {
  return new BackupError(`${program} printed a line that is too long`, {
    code: 'io',
    operation: 'read the output of the program',
    path: program,
  });
}
