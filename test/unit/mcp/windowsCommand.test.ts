import assert from 'node:assert/strict';
import { delimiter } from 'node:path';
import { planWindowsSpawn } from '../../../mcp/tap/windowsCommand.js';

describe('starting a server on Windows', () => {
  const environment = { Path: '/bin-a', pathext: '.EXE;.CMD', COMSPEC: 'C:\\cmd.exe' };
  const plan = (command: string, args: string[], files: string[]) =>
    planWindowsSpawn(command, args, { environment, cwd: '/cwd', exists: (path) => files.includes(path) });

  it('starts a program directly', () => {
    assert.deepEqual(plan('node', ['a b'], ['/bin-a/node.exe']), { command: 'node', args: ['a b'], isVerbatim: false });
  });

  it('starts what it does not find directly, so that the error is the system’s own', () => {
    assert.equal(plan('nothing', [], []).isVerbatim, false);
  });

  it('finds a script where the client would: in the working directory, unless the client rules that out', () => {
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

  it('takes cmd.exe from the system’s folder if ComSpec is no absolute path', () => {
    const shell = (more: Record<string, string>): string =>
      planWindowsSpawn('npx', [], {
        environment: { Path: '/a', ...more },
        cwd: '/',
        exists: (path) => path.endsWith('.cmd'),
      }).command;
    assert.equal(shell({ COMSPEC: 'D:\\cmd.exe' }), 'D:\\cmd.exe');
    assert.equal(shell({ ComSpec: 'cmd.exe', SYSTEMROOT: 'D:\\Windows' }), 'D:\\Windows\\System32\\cmd.exe');
    assert.equal(shell({}), 'C:\\Windows\\System32\\cmd.exe');
  });

  it('starts a .cmd script through cmd.exe, with every special character escaped', () => {
    const { command, args, isVerbatim } = plan('npx', ['-y', 'a&b', 'say "hi"', 'C:\\dir\\'], ['/bin-a/npx.cmd']);
    assert.equal(command, 'C:\\cmd.exe');
    assert.equal(isVerbatim, true);
    assert.deepEqual(args.slice(0, 3), ['/d', '/s', '/c']);
    assert.equal(
      args[3],
      '"/bin-a/npx.cmd ^^^"-y^^^" ^^^"a^^^&b^^^" ^^^"say^^^ \\^^^"hi\\^^^"^^^" ^^^"C:\\dir\\\\^^^""',
    );
  });
});
