import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { isProbe, probeVariables, readProbeAnswer, withoutProbeAnswers } from '../../../core/project/probe.js';

const NOW = new Date('2026-01-25T14:46:00Z');
const later = (minutes: number) => () => new Date(NOW.getTime() + minutes * 60_000);

describe('a probe', () => {
  it('is valid for minutes only, so its variable cannot disable backups', () => {
    const environment = probeVariables(NOW);
    assert.equal(isProbe({ environment, now: later(0) }), true);
    assert.equal(isProbe({ environment, now: later(4) }), true);
    assert.equal(isProbe({ environment, now: later(6) }), false);
    assert.equal(isProbe({ environment, now: later(-6) }), false);
  });

  for (const value of [undefined, '', '0', '1', 'true', 'NaN']) {
    it(`is not started by the value ${String(value)}`, () => {
      assert.equal(isProbe({ environment: { FEATURE_BACKUPS_PROBE: value }, now: later(0) }), false);
    });
  }

  it('is answered among other messages', () => {
    const answer = { nodeVersion: 'v24.1.0', nodePath: '/usr/bin/node', roots: ['/a'], problems: [] };
    const text = `warning: x\nfeature-backups-probe: ${JSON.stringify(answer)}\nmore\n`;
    assert.deepEqual(readProbeAnswer(text), answer);
    assert.equal(withoutProbeAnswers(text), 'warning: x\nmore');
    assert.equal(readProbeAnswer('warning: x'), undefined);
    assert.equal(readProbeAnswer('feature-backups-probe: {'), undefined);
  });
});
