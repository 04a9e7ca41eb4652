import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { realPorts, stableNode } from '../../../core/system/index.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('the recorded path of Node.js', () => {
  const folder = useTemporaryFolder();

  function program(path: string): string {
    mkdirSync(dirname(folder.join(path)), { recursive: true });
    writeFileSync(folder.join(path), '', { mode: 0o755 });
    return folder.join(path);
  }

  function link(path: string, target: string): string {
    mkdirSync(dirname(folder.join(path)), { recursive: true });
    symlinkSync(target, folder.join(path));
    return folder.join(path);
  }

  const recorded = (node: string, path = ''): string =>
    stableNode(node, { ...realPorts(), environment: { PATH: path, HOME: folder.join('home') } });

  it('is the link on PATH that leads to the same file', () => {
    const node = program('brew/Cellar/node/22.1.0/bin/node');
    const other = program('other/bin/node');
    const stable = link('brew/bin/node', node);
    assert.equal(recorded(node, `${dirname(other)}:${dirname(node)}:${dirname(stable)}`), stable);
  });

  it('is the link of a version manager if PATH has none', () => {
    const node = program('brew/Cellar/node@22/22.1.0/bin/node');
    link('brew/opt/node@22', folder.join('brew/Cellar/node@22/22.1.0'));
    assert.equal(recorded(node), folder.join('brew/opt/node@22/bin/node'));
    const ofMise = program('home/.local/share/mise/installs/node/24.0.1/bin/node');
    link('home/.local/share/mise/installs/node/24', folder.join('home/.local/share/mise/installs/node/24.0.1'));
    assert.equal(recorded(ofMise), folder.join('home/.local/share/mise/installs/node/24/bin/node'));
    const ofNvm = program('home/.nvm/versions/node/v22.3.0/bin/node');
    assert.equal(recorded(ofNvm, dirname(ofNvm)), ofNvm);
    link('home/.nvm/current', folder.join('home/.nvm/versions/node/v22.3.0'));
    assert.equal(recorded(ofNvm, dirname(ofNvm)), folder.join('home/.nvm/current/bin/node'));
  });

  it('is never a link that fnm removes with the shell', () => {
    const node = program('home/.local/share/fnm/node-versions/v22.3.0/installation/bin/node');
    const ofShell = link('run/fnm_multishells/1_2/bin/node', node);
    assert.equal(recorded(ofShell, dirname(ofShell)), node);
    const stable = link('home/.local/share/fnm/aliases/default', dirname(dirname(node)));
    assert.equal(recorded(ofShell, dirname(ofShell)), `${stable}/bin/node`);
  });

  it('is the path itself if it contains no version, or does not exist', () => {
    const node = program('usr/bin/node');
    link('bin/node', node);
    assert.equal(recorded(node, folder.join('bin')), node);
    assert.equal(recorded('/nowhere/22.1.0/node'), '/nowhere/22.1.0/node');
  });
});
