import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { isOwnStart, isPlainCommand } from '../../../core/doctor/ownStart.js';

const PROGRAMS = { node: '/usr/bin/node', folder: '/shop/tools/dist' };
const isOwn = (words: readonly string[]): boolean =>
  isOwnStart([...words, 'hook', 'claude'], 'hook', '/shop', PROGRAMS);

describe('a command in settings that may come with a clone', () => {
  const own: readonly (readonly string[])[] = [
    ['/usr/bin/node', '/opt/fb/feature-backups.cjs'],
    ['/bin/sh', '/opt/fb/launch.sh', '/usr/bin/node', '/opt/fb/feature-backups.cjs'],
    ['/bin/sh', '/opt/fb/launch.sh', '/usr/share/code/code', '/opt/fb/feature-backups.cjs'],
    ['/bin/sh', '/shop/tools/dist/launch.sh', '/gone/bin/node', '/shop/tools/dist/feature-backups.cjs'],
    ['node', '/opt/fb/feature-backups.cjs'],
    ['feature-backups'],
    ['/usr/local/bin/feature-backups'],
  ];
  for (const words of own) {
    it(`is tried: ${words.join(' ')}`, () => assert.equal(isOwn(words), true));
  }

  const foreign: readonly (readonly string[])[] = [
    [],
    ['/bin/rm', '/opt/fb/feature-backups.cjs'],
    ['/usr/bin/node', '--require', '/x/evil.js', '/opt/fb/feature-backups.cjs'],
    ['/usr/bin/node', '/shop/evil/feature-backups.cjs'],
    ['/usr/bin/node', './feature-backups.cjs'],
    ['/shop/evil/node', '/opt/fb/feature-backups.cjs'],
    ['./node', '/opt/fb/feature-backups.cjs'],
    ['/bin/sh', '/shop/launch.sh', '/usr/bin/node', '/opt/fb/feature-backups.cjs'],
    ['/usr/bin/env', '/opt/fb/launch.sh', '/usr/bin/node', '/opt/fb/feature-backups.cjs'],
    ['/bin/sh', '/opt/fb/other.sh', '/usr/bin/node', '/opt/fb/feature-backups.cjs'],
    ['/opt/fb/launch.sh', '/usr/bin/node', '/opt/fb/feature-backups.cjs'],
    ['/shop/feature-backups'],
    ['/usr/bin/node', '/opt/fb/feature-backups-evil.cjs'],
  ];
  for (const words of foreign) {
    it(`is not tried: ${words.join(' ')}`, () => assert.equal(isOwn(words), false));
  }

  it('is not tried for another subcommand', () => {
    assert.equal(isOwnStart(['feature-backups', 'delete'], 'hook', '/shop', PROGRAMS), false);
  });

  it('is plain if the shell starts nothing else', () => {
    assert.equal(isPlainCommand('"/usr/bin/node" "/opt/fb/feature-backups.cjs" hook claude --strict'), true);
    assert.equal(isPlainCommand('feature-backups hook claude --project "$CLAUDE_PROJECT_DIR"'), true);
    for (const more of ['; x', '&& x', '| x', '> x', '< x', '`x`', '$(x)', '\nx']) {
      assert.equal(isPlainCommand(`feature-backups hook claude ${more}`), false, more);
    }
  });
});
