import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, it } from 'mocha';
import { runLineByLine } from '../../../core/verify/drill/runLineByLine.js';
import type { ProgramRun } from '../../../core/system/processes/runProgram.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('program read line by line', () => {
  const folder = useTemporaryFolder();
  const run = async (script: string, changes: Partial<ProgramRun> = {}, onLine?: (line: string) => void) => {
    const lines: string[] = [];
    const end = await runLineByLine(
      {
        program: '/bin/sh',
        args: ['-c', script],
        environment: { PATH: process.env.PATH },
        limitMs: 60_000,
        ...changes,
      },
      onLine ?? ((line) => lines.push(line)),
    );
    return { lines, ...end };
  };
  const isRunning = (pidFile: string): boolean => {
    const pid = readFileSync(pidFile, 'utf8').trim();
    // A process that has ended may wait for its parent.
    return existsSync(`/proc/${pid}/stat`) && !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  };
  const waitUntilEnded = async (pidFile: string): Promise<void> => {
    while (isRunning(pidFile)) await new Promise((resolve) => setTimeout(resolve, 5));
  };

  it('reports each complete line, however it was written, and the exit code', async () => {
    const { lines, code, errors } = await run(
      String.raw`printf 'one\ntwo\r\n\nth'; sleep 0.05; printf 'r'; sleep 0.05; printf 'ee\nfour\n'; printf 'cut off'; exit 7`,
    );
    assert.deepEqual([lines, code, errors], [['one', 'two', '', 'three', 'four'], 7, '']);
  });

  it('reports each byte of the output as one character', async () => {
    assert.deepEqual((await run(String.raw`printf '\303\244\n'`)).lines, ['Ã¤']);
  });

  it('reports many lines in order, whatever the size of the chunks', async () => {
    const { lines } = await run('i=0; while [ $i -lt 20000 ]; do echo "line $i"; i=$((i+1)); done');
    assert.deepEqual(
      lines,
      Array.from({ length: 20_000 }, (_, index) => `line ${index.toString()}`),
    );
  });

  it('reports its error output', async () => {
    const { errors, code } = await run(`echo 'first ä' >&2; exit 1`);
    assert.deepEqual([errors, code], ['first ä\n', 1]);
  });

  it('is stopped at a line that is longer than any feature', async () => {
    await assert.rejects(run(`head -c 300000000 /dev/zero | tr '\\0' x`), {
      name: 'BackupError',
      message: /printed a line that is too long/,
    });
  });

  it('has no exit code if a signal ended it', async () => {
    assert.equal((await run('kill -9 $$')).code, null);
  });

  it('runs with only this environment, and an empty input', async () => {
    const { lines } = await run('echo "$OWN$HOME"; cat', { environment: { OWN: 'own', PATH: process.env.PATH } });
    assert.deepEqual(lines, ['own']);
  });

  it('is killed after its time limit', async () => {
    const pid = folder.join('pid');
    const slow = run(`echo $$ > ${pid}; sleep 600`, { limitMs: 1500 });
    await assert.rejects(slow, { name: 'BackupError', code: 'time-limit', path: '/bin/sh', message: /within 2 s/ });
    await waitUntilEnded(pid);
  });

  it('is killed if the reader throws, and that error is thrown', async () => {
    const reason = new Error('enough');
    const pid = folder.join('pid');
    let lines = 0;
    const onLine = (): void => {
      lines += 1;
      if (lines === 3) throw reason;
    };
    await assert.rejects(run(`echo $$ > ${pid}; yes`, {}, onLine), (error) => error === reason);
    await waitUntilEnded(pid);
    assert.equal(lines, 3);
  });

  it('fails if it does not exist or cannot be run', async () => {
    const program = folder.join('program');
    await assert.rejects(run('', { program }), { name: 'BackupError', code: 'io', path: program, message: /ENOENT/ });
    writeFileSync(program, 'text', { mode: 0o644 });
    await assert.rejects(run('', { program }), { code: 'io', path: program, message: /EACCES/ });
  });
});
