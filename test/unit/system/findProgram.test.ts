import assert from 'node:assert/strict';
import { mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  findCommandFile,
  findProgram,
  findPrograms,
  findSystemProgram,
} from '../../../core/system/processes/findProgram.js';
import { realPorts, type FileSystem } from '../../../core/system/ports.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { windowsFiles } from '../../support/windowsFiles.js';

describe('the search for a program', () => {
  const folder = useTemporaryFolder();
  const put = (path: string, mode = 0o755): string => {
    mkdirSync(dirname(folder.join(path)), { recursive: true });
    writeFileSync(folder.join(path), '', { mode });
    return folder.join(path);
  };

  describe('on Linux and macOS', () => {
    const find = (PATH: string | undefined, name = 'tool'): string | undefined =>
      findProgram(name, { ...realPorts(), environment: { PATH } }, 'linux');
    const originalFolder = process.cwd();
    afterEach('go back', () => process.chdir(originalFolder));

    it('searches the absolute folders of PATH in order', () => {
      const first = put('a/tool');
      const second = put('b/tool');
      const PATH = `${folder.join('none')}:${folder.join('a')}:${folder.join('b')}`;
      assert.equal(find(PATH), first);
      assert.deepEqual(findPrograms('tool', { ...realPorts(), environment: { PATH } }, 'linux'), [first, second]);
      assert.equal(find(PATH, 'other'), undefined);
    });

    it('skips empty and relative entries of PATH, which depend on the current folder', () => {
      put('project/tool');
      put('project/bin/tool');
      process.chdir(folder.join('project'));
      for (const PATH of ['', ':', '.', './', 'bin', './bin', 'node_modules/../bin', '../project', '~', ':.:bin:'])
        assert.equal(find(PATH), undefined, PATH);
      assert.equal(find(`:.:bin:${folder.join('a')}:`), undefined);
      const real = put('a/tool');
      assert.equal(find(`:.:bin:${folder.join('a')}:`), real);
    });

    it('skips folders, files that are not executable, and dangling links', () => {
      mkdirSync(folder.join('a/tool'), { recursive: true });
      put('b/tool', 0o644);
      mkdirSync(folder.join('c'));
      symlinkSync('nowhere', folder.join('c/tool'));
      const real = put('d/tool');
      assert.equal(find(['a', 'b', 'c', 'a/tool/x', 'd'].map((name) => folder.join(name)).join(':')), real);
    });

    it('skips inaccessible folders', () => {
      put('a/tool');
      const real = put('b/tool');
      const statIn = (path: string, options: { throwIfNoEntry: false }) => {
        if (path.startsWith(folder.join('a'))) throw Object.assign(new Error('EACCES'), { code: 'EACCES' });
        return statSync(path, options);
      };
      const files: FileSystem = { ...realPorts().files, statSync: statIn as FileSystem['statSync'] };
      const environment = { PATH: `${folder.join('a')}:${folder.join('b')}` };
      assert.equal(findProgram('tool', { files, environment }, 'linux'), real);
      assert.deepEqual(findPrograms('tool', { files, environment }, 'linux'), [real]);
    });

    it('searches the system’s default folders without PATH', () => {
      assert.match(find(undefined, 'sh') ?? '', /^(?:\/usr)?\/bin\/sh$/);
    });

    it('finds the system’s own programs in the same way', () => {
      const real = put('a/systemctl');
      const environment = { PATH: `.:${folder.join('a')}` };
      assert.equal(findSystemProgram('systemctl', { ...realPorts(), environment }, 'linux'), real);
    });
  });

  describe('on Windows', () => {
    const files = (): FileSystem => windowsFiles(folder.path);
    const find = (environment: Record<string, string>, name = 'git'): string | undefined =>
      findProgram(name, { files: files(), environment }, 'win32');

    it('accepts PATH in any case, with quotes and semicolons', () => {
      put('C/Program Files/Git;2/git.exe');
      for (const name of ['PATH', 'Path', 'path'])
        assert.equal(find({ [name]: 'C:\\Windows;"C:\\Program Files\\Git;2"' }), 'C:\\Program Files\\Git;2\\git.exe');
    });

    it('never searches the current folder, the current drive, or other relative entries', () => {
      for (const path of ['git.exe', 'bin/git.exe', 'C:git.exe', 'C:bin/git.exe', '%TOOLS%/git.exe'])
        put(join('current', path));
      for (const entry of ['', '.', '.\\', 'bin', '\\bin', '/bin', '/', 'C:', 'C:bin', '%TOOLS%', '""'])
        assert.equal(find({ Path: `${entry};C:\\none;${entry}` }), undefined, entry);
    });

    it('finds only files that start without a shell, in the order of PATHEXT', () => {
      for (const ending of ['', '.bat', '.cmd', '.ps1', '.com', '.exe']) put(`C/tools/git${ending}`);
      put('D/tools/git.exe');
      const Path = 'C:\\tools;D:\\tools';
      assert.equal(find({ Path }), 'C:\\tools\\git.com');
      assert.equal(find({ Path, PATHEXT: '.CMD;.EXE;.COM' }), 'C:\\tools\\git.exe');
      assert.equal(find({ Path, pathext: '.BAT;.COM' }), 'C:\\tools\\git.com');
      assert.equal(find({ Path, PATHEXT: '.PY' }), 'C:\\tools\\git.com');
    });

    it('finds nothing without PATH', () => {
      put('C/tools/git.exe');
      assert.equal(find({}), undefined);
      assert.equal(find({ Path: '' }), undefined);
    });

    it('finds programs on a share', () => {
      put('shares/server/share/git.exe');
      assert.equal(find({ Path: '\\\\server\\share' }), '\\\\server\\share\\git.exe');
    });

    it('finds the system’s own programs in System32 only', () => {
      put('current/schtasks.exe');
      put('C/tools/schtasks.exe');
      const system = (environment: Record<string, string>): string | undefined =>
        findSystemProgram('schtasks', { files: files(), environment }, 'win32');
      const environment = { Path: 'C:\\tools;C:\\Windows\\System32', SYSTEMROOT: 'C:\\Windows' };
      assert.equal(system(environment), undefined);
      put('C/Windows/System32/schtasks.exe');
      assert.equal(system(environment), 'C:\\Windows\\System32\\schtasks.exe');
      for (const SystemRoot of ['', '.', '\\Windows', 'Windows']) assert.equal(system({ SystemRoot }), undefined);
      assert.equal(system({ Path: 'C:\\Windows\\System32' }), undefined);
    });

    describe('for a command of the user', () => {
      const findFile = (command: string, environment: Record<string, string>): string | undefined =>
        findCommandFile(command, 'C:\\cwd', { files: files(), environment });

      it('searches the working directory first, unless excluded, and then PATH', () => {
        put('C/cwd/npx.cmd');
        put('C/Program Files/node;js/npx.cmd');
        const Path = 'C:\\none;"C:\\Program Files\\node;js"';
        assert.equal(findFile('npx', { Path }), 'C:\\cwd\\npx.cmd');
        const environment = { Path: `;${Path}`, nodefaultcurrentdirectoryinexepath: '1' };
        assert.equal(findFile('npx', environment), 'C:\\Program Files\\node;js\\npx.cmd');
        assert.equal(findFile('.\\npx', environment), 'C:\\cwd\\npx.cmd');
      });

      it('tries every extension of PATHEXT in order, even for a name with a dot', () => {
        for (const name of ['tool.cmd', 'tool.exe', 'tool', 'tool-1.2.bat']) put(`C/tools/${name}`);
        const Path = 'C:\\tools';
        assert.equal(findFile('tool', { Path }), 'C:\\tools\\tool.exe');
        assert.equal(findFile('tool', { Path, pathext: '.CMD;.EXE' }), 'C:\\tools\\tool.cmd');
        assert.equal(findFile('tool.cmd', { Path }), 'C:\\tools\\tool.cmd');
        assert.equal(findFile('tool-1.2', { Path }), 'C:\\tools\\tool-1.2.bat');
        assert.equal(findFile('none', { Path }), undefined);
        assert.equal(findFile('D:\\tools\\tool', { Path }), undefined);
        assert.equal(findFile('C:\\tools\\tool', { Path: '' }), 'C:\\tools\\tool.exe');
      });
    });
  });
});
