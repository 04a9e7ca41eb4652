import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { isTemporaryFile, temporaryPath } from '../../../core/store/storeFiles.js';
import { uniqueToken } from '../../../core/system/processes/uniqueToken.js';

describe('a temporary file of a store', () => {
  const isOurs = (part: string): boolean => isTemporaryFile(temporaryPath('', uniqueToken(), part));

  it('is recognized with every ending that is in use', () => {
    for (const part of ['', '.json', '.db', '.db.gz', '.db-wal', '.db-journal']) assert.ok(isOurs(part), part);
  });

  it('is not any other file whose name begins with the same letters', () => {
    for (const part of ['.txt', '.db.json', '.db-shm', '.gz', '.json.old']) assert.ok(!isOurs(part), part);
    for (const name of ['.tmp-notes', '.tmp-notes.db', `x${temporaryPath('', uniqueToken())}`, '.tmp-'])
      assert.ok(!isTemporaryFile(name), name);
  });
});
