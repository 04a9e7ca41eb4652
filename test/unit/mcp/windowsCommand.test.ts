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

  it('starts a program that it cannot find directly, to get the error of the system', () => {
    assert.equal(plan('nothing').isVerbatim, false);
  });

  it('finds a script where the client would: in the working directory, unless the client excludes it', () => {
    put('C/cwd/npx.cmd');
    put('C/bin/npx.cmd');
    assert.deepEqual(plan('npx').args.slice(3), ['"C:\\cwd\\npx.cmd"']);
    const withoutWorkingDirectory = plan('npx', [], { nodefaultcurrentdirectoryinexepath: '1' });
    assert.deepEqual(withoutWorkingDirectory.args.slice(3), ['"C:\\bin\\npx.cmd"']);
  });

  it('finds a script in a folder that is quoted in PATH', () => {
    put('C/Program Files/nodejs/npx.cmd');
    const { args } = plan('npx', [], { Path: '"C:\\Program Files\\nodejs";C:\\none' });
    assert.deepEqual(args.slice(3), ['"C:\\Program^ Files\\nodejs\\npx.cmd"']);
  });

  it('takes cmd.exe from the system’s folder if ComSpec is not an absolute path', () => {
    put('C/bin/npx.cmd');
    const shell = (more: Record<string, string>): string => plan('npx', [], more).command;
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
