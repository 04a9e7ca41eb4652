import assert from 'node:assert/strict';
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
