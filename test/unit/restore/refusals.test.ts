import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { refuseIfBlocked } from '../../../core/restore/blockers.js';
import type { RestoreBlocker } from '../../../core/restore/restorePlan.js';
import { BackupError } from '../../../core/system/errors.js';

const LIVE = '/shop/features.db';
const LOCK = '/shop/.agent.lock';

const AGENT: RestoreBlocker = {
  code: 'agent-running',
  holders: [{ pid: 7, command: 'claude', path: LOCK, evidence: 'agent-lock' }],
  isForceable: true,
};
const OPEN: RestoreBlocker = {
  code: 'database-in-use',
  holders: [
    { pid: 8, command: undefined, path: LIVE, evidence: 'open-file' },
    { pid: undefined, command: undefined, path: `${LIVE}-wal`, evidence: 'sqlite-lock' },
  ],
  isForceable: false,
};

describe('refused restore', () => {
  const refusal = (blockers: readonly RestoreBlocker[], isForced = false): BackupError | undefined => {
    try {
      refuseIfBlocked(blockers, isForced, LIVE);
      return undefined;
    } catch (error) {
      assert.ok(error instanceof BackupError);
      return error;
    }
  };

  it('names the running agent and its lock', () => {
    const error = refusal([AGENT, OPEN]);
    assert.equal(error?.code, 'agent-running');
    assert.equal(error.path, LOCK);
    assert.equal(error.message, `An agent is running: process 7 (claude) [${LOCK}]`);
    assert.equal(refusal([{ ...AGENT, holders: [] }])?.path, LIVE);
  });

  it('names every process that has the database open, as far as known', () => {
    const error = refusal([OPEN]);
    assert.equal(error?.code, 'database-in-use');
    assert.equal(error.path, LIVE);
    assert.equal(error.message, `The live database is open in process 8 [${LIVE}], an unknown process [${LIVE}-wal]`);
  });

  it('has a different hint for each blocker', () => {
    const hints = [AGENT, OPEN, { ...OPEN, isForceable: true }].map((blocker) => refusal([blocker])?.hint);
    assert.equal(new Set(hints).size, 3);
    const [ofAgent, ofOpen, ofForceable] = hints;
    assert.match(ofAgent ?? '', /Stop the agent/);
    assert.match(ofOpen ?? '', /Node 22/);
    assert.match(ofForceable ?? '', /force the restore/);
  });

  it('does not occur without a blocker, or if force overrides it', () => {
    assert.equal(refusal([]), undefined);
    assert.equal(refusal([AGENT], true), undefined);
    assert.equal(refusal([AGENT, OPEN], true)?.code, 'database-in-use');
    assert.equal(refusal([AGENT, { ...OPEN, isForceable: true }], true), undefined);
  });
});
