import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { makeStateFolder, storeStateFolder } from '../../../core/project/storeState.js';
import { realPorts, type Ports } from '../../../core/system/ports.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';

describe('the state folder of a store', () => {
  const folder = useTemporaryFolder();
  const ports = (): Ports => ({ ...realPorts(), environment: { FEATURE_BACKUPS_STATE: folder.join('state') } });

  it('is named after the project and a hash of the store’s path, in every version', () => {
    const project = testProject(folder.join('shop'));
    mkdirSync(project.storePath, { recursive: true });
    const hash = createHash('sha256').update(project.storePath).digest('hex').slice(0, 16);
    assert.equal(storeStateFolder(project, ports()), folder.join('state', 'stores', `shop-${hash}`));
    symlinkSync(project.root, folder.join('link'));
    assert.equal(storeStateFolder(testProject(folder.join('link')), ports()), storeStateFolder(project, ports()));
  });

  it('is private', () => {
    makeStateFolder(folder.join('state', 'stores', 'x'), ports());
    makeStateFolder(folder.join('state', 'stores', 'x'), ports());
    for (const path of ['stores', join('stores', 'x')])
      assert.equal(statSync(folder.join('state', path)).mode & 0o777, 0o700);
  });
});
