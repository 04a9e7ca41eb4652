import assert from 'node:assert/strict';
import { listBackups } from '../../../core/engine.js';
import { capturedEvents, kindOf } from '../../support/capturedEvents.js';
import { makeFeatureDatabase } from '../../support/pythonSqlite.js';
import { runCli } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('the hook, for an event captured from Claude Code', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();

  const REASONS: Readonly<Record<string, string | undefined>> = {
    SessionStart: undefined,
    'PreToolUse Bash': 'before_shell_command',
    'PreToolUse mcp__features__feature_mark_passing': 'before_mark_passing',
    'PreToolUse Write': 'before_file_write',
    'PreToolUse Agent': undefined,
    'PreToolUse Bash in a subagent': 'before_shell_command',
    SessionEnd: 'after_session',
    'PreSkillShellCommand Bash': 'before_shell_command',
  };

  it('is tested for each of them', () => {
    assert.deepEqual(capturedEvents().map(kindOf), Object.keys(REASONS));
  });

  for (const event of capturedEvents()) {
    const expected = REASONS[kindOf(event)];
    it(`${expected === undefined ? 'makes no backup' : 'backs up'}: ${kindOf(event)}`, async () => {
      makeFeatureDatabase(folder.join('features.db'), { features: 5, passing: 1 });
      const input = JSON.stringify(event).replaceAll(event.cwd, folder.path);
      assert.deepEqual(await runCli(['hook', 'claude'], { cwd: '/', input }), SILENT);
      const { backups } = await listBackups(folder.path);
      assert.deepEqual(
        backups.map(({ reason }) => reason),
        expected === undefined ? [] : [expected],
      );
    });
  }
});

const SILENT = { code: 0, signal: null, stdout: '', stderr: '' };
