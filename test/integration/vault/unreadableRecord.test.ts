import assert from 'node:assert/strict';
import { existsSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { backUp, restore, verify } from '../../../core/engine.js';
import type { Ports } from '../../../core/system/index.js';
import { interferingFiles, systemError } from '../../support/interferingFiles.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { featuresOf, VaultHome } from '../../support/vaultHome.js';

describe('a record that becomes unreadable while it is used', () => {
  const folder = useTemporaryFolder();
  const home = new VaultHome(folder);
  const warnings: string[] = [];

  /** Reading a record fails from the moment at which `hasBegun`. */
  const failingWhen = (hasBegun: () => boolean): Ports => {
    warnings.length = 0;
    const files = interferingFiles(({ name, path }) => {
      if (name === 'open' && path.startsWith(folder.join('state', 'projects')) && path.endsWith('.json') && hasBegun())
        throw systemError('EIO');
    });
    return home.ports({ files, onWarning: (warning) => warnings.push(warning) });
  };

  it('does not make a completed restore fail', async () => {
    const root = home.make('shop');
    const features = featuresOf(root);
    await backUp(root, { source: 'cli', reason: 'manual' }, { ports: home.ports() });
    for (const name of ['features.db', '.feature_backups']) rmSync(join(root, name), { recursive: true });
    const ports = failingWhen(() => existsSync(join(root, 'features.db')));
    const outcome = await restore(root, 'last-good', { ports });
    assert.equal(outcome.status, 'restored');
    assert.equal(featuresOf(root), features);
    assert.match(warnings.join('\n'), /EIO/);
  });

  it('does not make a completed quarantine fail', async () => {
    const root = home.make('shop');
    const ports = home.ports();
    const outcome = await backUp(root, { source: 'cli', reason: 'manual' }, { ports });
    assert.ok(outcome.status === 'created');
    truncateSync(outcome.backup.path, 4096);
    const quarantine = join(root, '.feature_backups', 'quarantine');
    const isMoved = (): boolean =>
      existsSync(quarantine) && readdirSync(quarantine).some((name) => name.endsWith('.db'));
    const [verified] = await verify(root, undefined, { ports: failingWhen(isMoved), quarantine: true });
    assert.equal(verified?.quarantineProblem, undefined);
    assert.equal(verified?.quarantined?.id, outcome.backup.id);
    assert.match(warnings.join('\n'), /EIO/);
  });
});
