import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { COMMANDS } from '../../../extension/contributions.js';
import { activeExtension, statusOf, onlyProject } from '../support/extension.js';

describe('opening a folder with a live AutoForge database', () => {
  it('registers every command', async () => {
    await activeExtension();
    const registered = new Set(await vscode.commands.getCommands(true));
    assert.deepEqual(
      Object.values(COMMANDS).filter((id) => !registered.has(id)),
      [],
    );
  });

  it('finds the database, including features that are only in its write-ahead log', async () => {
    const api = await activeExtension();
    const { overview } = onlyProject(api);
    assert.deepEqual(overview?.live?.counts, { total: 598, passing: 200, inProgress: 0 });
    assert.equal(statusOf(api), 'never-backed-up');
  });

  it('writes nothing into the project without consent', async () => {
    const api = await activeExtension();
    assert.equal(existsSync(join(onlyProject(api).root, '.feature_backups')), false);
  });
});
