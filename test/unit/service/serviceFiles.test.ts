import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { BackupError } from '../../../core/system/errors.js';
import { realPorts, type Ports } from '../../../core/system/ports.js';
import { launchAgent } from '../../../core/service/launchAgent.js';
import { scheduledTask, windowsArgument } from '../../../core/service/scheduledTask.js';
import { removeServiceFile, serviceFileState, writeServiceFile } from '../../../core/service/serviceFile.js';
import { serviceSetUp } from '../../../core/service/setUp.js';
import { systemdUnit } from '../../../core/service/systemdUnit.js';
import type { ServiceSpec } from '../../../core/service/serviceSpec.js';
import { runPython } from '../../support/pythonSqlite.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const HOSTILE_NAMES = [
  'plain',
  'two words',
  'per%cent %h %%',
  'dollar $HOME ${PATH} $$',
  'quotes " and \' ',
  'back\\slash \\n \\x41',
  'ümlaut 漢字 😀',
  'a&b <c> ]]> --',
  ';|`*?#~!',
];

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;

describe('a service file', () => {
  const folder = useTemporaryFolder();
  const specFor = (name: string): ServiceSpec => ({
    node: folder.join(name, 'node'),
    program: folder.join(name, 'feature-backups.cjs'),
    launcher: folder.join(name, 'launch.sh'),
    environment: { PATH: `${folder.join(name)}:/usr/bin` },
    environmentFile: folder.join(name, 'environment'),
    logPath: folder.join(name, 'watch.log'),
    user: `HOST\\${name}`,
  });

  for (const name of HOSTILE_NAMES) {
    it(`for systemd passes its verifier and contains the paths: ${name}`, function () {
      if (!hasSystemd) this.skip();
      this.timeout(30_000);
      const spec = specFor(name);
      mkdirSync(folder.join(name));
      symlinkSync(process.execPath, spec.node);
      const path = folder.join('feature-backups.service');
      writeFileSync(path, systemdUnit(spec));
      mkdirSync(folder.join('run'));
      const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--user', path], {
        encoding: 'utf8',
        env: { ...process.env, XDG_RUNTIME_DIR: folder.join('run'), SYSTEMD_LOG_LEVEL: 'debug' },
      });
      assert.equal(status, 0, stderr);
      assert.doesNotMatch(stderr, /feature-backups\.service:\d+:/, 'an unknown line is only a warning to systemd');
      // systemd prints the command quoted for a shell, before expanding its own variables.
      const line = /Command Line: (.*)/.exec(stdout + stderr)?.[1] ?? '';
      const words = execFileSync('/bin/bash', ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' })
        .split('\0')
        .slice(0, -1);
      const parsed = words.map((word) => word.replaceAll('$$', '$'));
      assert.deepEqual(parsed, ['/bin/sh', spec.launcher, spec.node, spec.program, 'watch']);
    });
  }

  it('for launchd is a property list with the paths', () => {
    for (const name of HOSTILE_NAMES) {
      const spec = specFor(name);
      const path = folder.join('agent.plist');
      writeFileSync(path, launchAgent(spec));
      const read = 'import json, plistlib, sys; print(json.dumps(plistlib.load(open(sys.argv[1], "rb"))))';
      const parsed = JSON.parse(runPython(read, [path])) as Record<string, unknown>;
      assert.deepEqual(parsed.ProgramArguments, ['/bin/sh', spec.launcher, spec.node, spec.program, 'watch']);
      assert.deepEqual(parsed.EnvironmentVariables, spec.environment);
      assert.equal(parsed.StandardErrorPath, spec.logPath);
      assert.deepEqual(parsed.KeepAlive, { SuccessfulExit: false });
    }
  });

  it('for Windows is XML with the paths and without a time limit', () => {
    const read = `
import json, sys, xml.etree.ElementTree as E
t = E.parse(sys.argv[1]).getroot()
n = '{http://schemas.microsoft.com/windows/2004/02/mit/task}'
print(json.dumps([next(t.iter(n + x)).text for x in ('Command', 'Arguments', 'ExecutionTimeLimit', 'UserId')]))`;
    for (const name of HOSTILE_NAMES.filter((each) => !/["%]|\$\(/.test(each))) {
      const spec = specFor(name);
      const setUp = {
        ...serviceSetUp(spec, portsFor({ USERNAME: name, USERDOMAIN: 'HOST' }), 'win32'),
        path: folder.join('task.xml'),
      };
      writeServiceFile(setUp, false, realPorts());
      const [command, args, limit, user] = JSON.parse(runPython(read, [setUp.path])) as string[];
      assert.equal(command, spec.node);
      assert.equal(args, `${windowsArgument(spec.program)} watch`);
      assert.equal(limit, 'PT0S');
      assert.equal(user, `HOST\\${name}`);
      rmSync(setUp.path);
    }
    assert.equal(windowsArgument('C:\\Program Files\\x\\'), '"C:\\Program Files\\x\\\\"');
    assert.equal(windowsArgument('a\\"b'), '"a\\\\\\"b"');
  });

  it('is refused for a path that it cannot contain', () => {
    const isConfiguration = (error: unknown) => error instanceof BackupError && error.code === 'configuration';
    assert.throws(() => scheduledTask(specFor('100%TEMP%')), isConfiguration);
    assert.throws(() => scheduledTask(specFor('bell\u0007')), isConfiguration);
    assert.throws(() => launchAgent(specFor('half \uD83D')), isConfiguration);
    const npx = { ...specFor('npx'), program: '/home/u/.npm/_npx/1234/node_modules/feature-backups/dist/x.cjs' };
    assert.throws(() => serviceSetUp(npx, portsFor({}), 'linux'), isConfiguration);
    assert.throws(() => serviceSetUp(specFor('plain'), { ...realPorts(), environment: {} }, 'linux'), isConfiguration);
  });

  const portsFor = (environment: Ports['environment']): Ports => ({
    ...realPorts(),
    environment: { HOME: folder.path, LOCALAPPDATA: folder.join('local'), PATH: '/usr/bin', ...environment },
  });

  for (const platform of ['linux', 'darwin', 'win32'] as const) {
    it(`can be replaced and removed until it is edited (${platform})`, () => {
      const ports = portsFor({ FEATURE_BACKUPS_STATE: folder.join('state') });
      const setUp = serviceSetUp(specFor('new'), ports, platform);
      const older = serviceSetUp(specFor('old'), ports, platform);
      assert.equal(serviceFileState(setUp, ports), 'absent');
      writeServiceFile(older, false, ports);
      assert.equal(serviceFileState(setUp, ports), 'outdated');
      writeServiceFile(setUp, false, ports);
      assert.equal(serviceFileState(setUp, ports), 'current');

      const encoding = platform === 'win32' ? 'utf16le' : 'utf8';
      const text = readFileSync(setUp.path, encoding);
      for (const [edited, state] of [
        [text.replace('watch', 'watch --once'), 'changed'],
        [text.replace(/^.*Mark:.*$/m, ''), 'foreign'],
        ['', 'foreign'],
        ['# mine\n', 'foreign'],
      ] as const) {
        writeFileSync(setUp.path, edited, encoding);
        assert.equal(serviceFileState(setUp, ports), state);
        for (const act of [writeServiceFile, removeServiceFile]) {
          assert.throws(
            () => act(setUp, false, ports),
            (error: unknown) => error instanceof BackupError && error.code === 'confirmation-needed',
          );
        }
        assert.equal(readFileSync(setUp.path, encoding), edited);
      }
      writeServiceFile(setUp, true, ports);
      removeServiceFile(setUp, false, ports);
      assert.equal(serviceFileState(setUp, ports), 'absent');
      removeServiceFile(setUp, false, ports);
    });
  }

  it('passes on the home folder, and none of the folders of a snap', () => {
    const snap = { HOME: '/snap/home', XDG_CONFIG_HOME: '/snap/config', SNAP_REAL_HOME: folder.join('home') };
    for (const platform of ['linux', 'darwin'] as const) {
      assert.match(serviceSetUp(specFor('plain'), portsFor({}), platform).content.toString(), /HOME/);
      const { path, content } = serviceSetUp(specFor('plain'), portsFor(snap), platform);
      assert.ok(path.startsWith(folder.join('home')), path);
      assert.ok(content.includes(folder.join('home')));
      assert.ok(!content.includes('/snap/'));
    }
  });

  it('contains only the location variables of the environment', () => {
    const secret = { SMTP_PASSWORD: 'hunter2', FEATURE_BACKUPS_STATE: '/state', XDG_CONFIG_HOME: folder.join('x') };
    for (const platform of ['linux', 'darwin'] as const) {
      const setUp = serviceSetUp(specFor('plain'), portsFor(secret), platform);
      assert.doesNotMatch(setUp.content.toString(), /hunter2/);
      assert.match(setUp.content.toString(), /\/state/);
    }
    const { path } = serviceSetUp(specFor('plain'), portsFor(secret), 'linux');
    assert.equal(path, join(folder.path, 'x', 'systemd', 'user', 'feature-backups.service'));
  });
});
