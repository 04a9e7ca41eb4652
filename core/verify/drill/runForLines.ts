import { BackupError, runProgram, type ProgramEnd, type ProgramRun } from '../../system/index.js';

/**
 * As `runProgram`, keeping no more of the output than one line. `onLine` gets each line, without its end; an error that it
 * throws ends the program, and is thrown on.
 */
export async function runForLines(run: ProgramRun, onLine: (line: string) => void): Promise<ProgramEnd> {
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

/** A feature of 128 MB, which no process could hold as text in hex. */
const MAX_LINE_LENGTH = 256 * 1024 * 1024;

function endlessLine(program: string): BackupError {
  return new BackupError(`${program} printed a line without end`, {
    code: 'io',
    operation: 'read what the program prints',
    path: program,
  });
}
