import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import {
  insertIntoScript,
  isShellScript,
  shellBlock,
  shellCommand,
  withoutBlocks,
} from '../../../core/git/install/shellBlock.js';
import { HOOKS } from '../../../core/git/install/hookPlan.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const folder = useTemporaryFolder();

const SCRIPTS = [
  '',
  '#!/bin/sh',
  '#!/bin/sh\n',
  '#!/usr/bin/env bash\nset -eu\necho hi',
  'echo no first line\r\necho windows\r\n',
  '#!/bin/sh\n\n\n# >>> something else >>>\n',
];

describe('the lines in a script', () => {
  for (const script of SCRIPTS) {
    it(`are inserted into ${JSON.stringify(script)} and removed without a trace`, () => {
      // Latin-1 is not valid UTF-8, and must be preserved.
      const content = Buffer.concat([Buffer.from(script), Buffer.from([0xe9, 0xff])]);
      for (const hook of HOOKS) {
        const inserted = insertIntoScript(content, shellBlock(hook));
        assert.ok(inserted.includes('gitHook.sh'));
        // A first line without a newline gets one; the record of the installation has the original bytes.
        const end = script === '#!/bin/sh' ? '\n' : '';
        assert.equal(withoutBlocks(inserted).toString('latin1'), content.toString('latin1') + end);
      }
    });
  }

  it('follow the shebang', () => {
    const inserted = insertIntoScript(Buffer.from('#!/bin/bash\necho\n'), shellBlock('pre-commit')).toString();
    assert.match(inserted, /^#!\/bin\/bash\n# >>> feature-backups >>>/);
    assert.match(inserted, /# <<< feature-backups <<<\necho\n$/);
  });

  it('run in a strict shell, and do nothing without an installation', () => {
    for (const hook of HOOKS) {
      writeFileSync(folder.join(hook), `set -eu\n${shellBlock(hook)}echo done\n`);
      const { status, stdout, stderr } = spawnSync('sh', [folder.join(hook)], {
        cwd: folder.path,
        encoding: 'utf8',
        input: '',
      });
      assert.deepEqual([status, stdout], [0, 'done\n'], stderr);
      assert.equal(spawnSync('sh', ['-c', shellCommand(hook)], { cwd: folder.path }).status, 0);
    }
  });
});

describe('recognizing a shell script', () => {
  it('uses the shebang, and accepts a script without one', () => {
    const shell = [
      '#!/bin/sh\n',
      '#!/usr/bin/env bash\n',
      '#! /bin/dash -e\n',
      '#!/usr/local/bin/zsh',
      'npx lint\n',
      '',
    ];
    const other = [
      '#!/usr/bin/env python3\n',
      '#!/usr/bin/fish\n',
      '#!/usr/bin/env node\n',
      '#!/usr/bin/pwsh\n',
      '\x7fELF\0\0',
    ];
    assert.deepEqual(
      shell.map((text) => isShellScript(Buffer.from(text))),
      shell.map(() => true),
    );
    assert.deepEqual(
      other.map((text) => isShellScript(Buffer.from(text))),
      other.map(() => false),
    );
  });
});
