import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { planWindowsSpawn, type SpawnPlan } from '../../../mcp/tap/windowsCommand.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { windowsFiles } from '../../support/windowsFiles.js';

describe('starting a server on Windows', () => {
  const folder = useTemporaryFolder();
  const environment = { Path: 'C:\\bin', pathext: '.EXE;.CMD', COMSPEC: 'C:\\cmd.exe' };
  const put = (path: string): void => {
    mkdirSync(dirname(folder.join(path)), { recursive: true });
    writeFileSync(folder.join(path), '');
  };
  const plan = (command: string, args: string[] = [], more: Record<string, string> = {}): SpawnPlan =>
    planWindowsSpawn(command, args, {
      environment: { ...environment, ...more },
      cwd: 'C:\\cwd',
      files: windowsFiles(folder.path),
    });

  it('starts a program directly', () => {
    put('C/bin/node.exe');
    assert.deepEqual(plan('node', ['a b']), { command: 'node', args: ['a b'], isVerbatim: false });
  });

  it('starts a missing program directly, to get the system’s own error', () => {
    assert.equal(plan('nothing', [], []).isVerbatim, false);
  });

  it('finds a script in the working directory, unless the client excludes it', () => {
    const script = (more: Record<string, string>): readonly string[] =>
      planWindowsSpawn('npx', [], {
        environment: { ...environment, ...more },
        cwd: '/cwd',
        exists: (path) => ['/cwd/npx.cmd', '/bin-a/npx.cmd'].includes(path),
      }).args.slice(3);
    assert.deepEqual(script({}), ['"/cwd/npx.cmd"']);
    assert.deepEqual(script({ nodefaultcurrentdirectoryinexepath: '1' }), ['"/bin-a/npx.cmd"']);
    assert.deepEqual(script({ nodefaultcurrentdirectoryinexepath: '1', Path: `${delimiter}/bin-a` }), [
      '"/bin-a/npx.cmd"',
    ]);
  });

  it('uses cmd.exe in the system folder if ComSpec is not an absolute path', () => {
    const shell = (more: Record<string, string>): string =>
      planWindowsSpawn('npx', [], {
        environment: { Path: '/a', ...more },
        cwd: '/',
        exists: (path) => path.endsWith('.cmd'),
      }).command;
    assert.equal(shell({ COMSPEC: 'D:\\cmd.exe' }), 'D:\\cmd.exe');
    assert.equal(shell({ COMSPEC: 'cmd.exe', SYSTEMROOT: 'D:\\Windows' }), 'D:\\Windows\\System32\\cmd.exe');
    assert.equal(shell({ COMSPEC: '' }), 'C:\\Windows\\System32\\cmd.exe');
  });

  it('starts a .cmd script through cmd.exe, with every special character escaped', () => {
    put('C/bin/npx.cmd');
    const { command, args, isVerbatim } = plan('npx', ['-y', 'a&b', 'say "hi"', 'C:\\dir\\']);
    assert.equal(command, 'C:\\cmd.exe');
    assert.equal(isVerbatim, true);
    assert.deepEqual(args.slice(0, 3), ['/d', '/s', '/c']);
    assert.equal(
      args[3],
      '"C:\\bin\\npx.cmd ^^^"-y^^^" ^^^"a^^^&b^^^" ^^^"say^^^ \\^^^"hi\\^^^"^^^" ^^^"C:\\dir\\\\^^^""',
    );
  });
});
