import { devNull } from 'node:os';
import { RowDigests } from '../../database/index.js';
import { BackupError, type Ports } from '../../system/index.js';
import { isDamageMessage } from './damageMessage.js';
import { runLineByLine } from './runLineByLine.js';
import type { Reading, ReadingRequest, SecondReader } from './drillOutcome.js';

/** The `sqlite3` program, started without a shell and without start-up files. */
export function programReader(program: string): SecondReader {
  return { name: 'sqlite3', read: async (request, ports) => await readWithProgram(program, request, ports) };
}

/** Lines that separate the check from the rows, and mark the end of complete output. */
const ROWS = 'rows:';
const END = 'end.';

async function readWithProgram(program: string, request: ReadingRequest, { environment }: Ports): Promise<Reading> {
  const { databasePath, select, limitMs } = request;
  const parser = new OutputParser(program);
  const statements = [
    'PRAGMA trusted_schema=OFF',
    'PRAGMA cell_size_check=ON',
    'PRAGMA integrity_check(8)',
    `SELECT '${ROWS}'`,
    select,
    `SELECT '${END}'`,
  ];
  // As an argument, because on standard input a hostile name with a line break could pass for a command of the program.
  // `-readonly` also keeps SQLite from evaluating constraints, which could call the program's function `edit` and so
  // start any other program.
  const options = ['-readonly', '-batch', '-init', devNull, '-noheader', '-list', '-separator', '|'];
  const args = [...options, databasePath, statements.join(';\n')];
  const end = await runLineByLine({ program, args, environment, limitMs }, (line) => parser.add(line));
  const { code } = end;
  const errors = end.errors.trim().slice(0, MAX_ERROR_LENGTH);
  if (code !== 0 && isDamageMessage(errors)) return { problems: [errors], digests: new Uint8Array() };
  if (code !== 0) throw unreadableOutput(program, errors === '' ? `it exited with ${String(code)}` : errors);
  return parser.finish();
}

/** Parses the output line by line. */
class OutputParser {
  readonly #program: string;
  readonly #checks: string[] = [];
  readonly #digests = new RowDigests();
  #part: 'checks' | 'rows' | 'complete' = 'checks';

  constructor(program: string) {
    this.#program = program;
  }

  add(line: string): void {
    if (this.#part === 'checks') this.#addCheck(line);
    else if (line === END) this.#part = 'complete';
    else this.#addRow(line);
  }

  finish(): Reading {
    if (this.#part !== 'complete') throw unreadableOutput(this.#program, this.#checks[0] ?? 'it printed nothing');
    return { problems: this.#checks.filter((line) => line !== 'ok' && line !== ''), digests: this.#digests.finish() };
  }

  #addRow(line: string): void {
    if (!PLAIN_ROW.test(line)) throw unreadableOutput(this.#program, line.slice(0, MAX_CHECK_LENGTH));
    this.#digests.add(line);
  }

  #addCheck(line: string): void {
    if (line === ROWS) this.#part = 'rows';
    else if (this.#checks.length < MAX_CHECK_LINES) this.#checks.push(line.slice(0, MAX_CHECK_LENGTH));
  }
}

/** The format of `plainRowsSelect`. */
const PLAIN_ROW = /^(?:[a-z]+:[0-9A-F]*(?:\||$))+$/;

const MAX_CHECK_LINES = 32;
const MAX_CHECK_LENGTH = 300;
const MAX_ERROR_LENGTH = 1000;

function unreadableOutput(program: string, printed: string): BackupError {
  return new BackupError(`${program} could not read the restored copy: ${printed}`, {
    code: 'io',
    operation: 'read the restored copy',
    path: program,
    hint: 'Check that this program works with other databases. The backup is not marked as damaged.',
  });
}
