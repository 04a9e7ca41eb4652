import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { withOverdueLimit } from '../../../core/health/backupProblems.js';
import { healthProblem } from '../../../core/health/describeProblem.js';
import type { HealthProblem } from '../../../core/health/healthProblem.js';
import { overdueAt } from '../../../core/health/unsaved.js';
import { listedBackup } from '../../support/listedBackup.js';
import { listedSummary } from '../../support/listedSummary.js';

const MINUTE_MS = 60_000;
const MADE = new Date('2026-01-25T14:46:00Z');
const minutesLater = (minutes: number): Date => new Date(MADE.getTime() + minutes * MINUTE_MS);
const newest = listedBackup('features_598_20260125-144600_manual');
const WARNING = { hours: 10 / 60, severity: 'warning' } as const;

function changed(writtenAfterMinutes: number) {
  return listedSummary({ newest, live: { changed: true, writtenAt: minutesLater(writtenAfterMinutes) } });
}

const problem = (code: HealthProblem['code'], severity: HealthProblem['severity']) =>
  healthProblem({ code, severity, what: ['x'] });

describe('another limit for unsaved changes', () => {
  const codesAt = (minutes: number, writtenAfter = 1, before: readonly HealthProblem[] = []) =>
    withOverdueLimit(before, changed(writtenAfter), WARNING, minutesLater(minutes)).map(
      ({ severity, code }) => `${severity} ${code}`,
    );

  it('reports them once they are older than it', () => {
    assert.deepEqual(codesAt(10), []);
    assert.deepEqual(codesAt(10.1), ['warning backup-overdue']);
  });

  it('reports their age in minutes', () => {
    const [late] = withOverdueLimit([], changed(1), WARNING, minutesLater(11));
    assert.equal(late?.description, 'The backlog has changed since its last backup, 11 minutes ago.');
  });

  it('does not add to the problem that causes the delay', () => {
    for (const code of ['database-damaged', 'database-gone', 'backup-failed'] as const) {
      assert.deepEqual(codesAt(60, 1, [problem(code, 'critical')]), [`critical ${code}`]);
    }
  });

  it('adds a critical delay to a mere warning', () => {
    const failing = [problem('backup-failed', 'warning')];
    const problems = withOverdueLimit(failing, changed(1), { ...WARNING, severity: 'critical' }, minutesLater(60));
    assert.deepEqual(
      problems.map(({ severity, code }) => `${severity} ${code}`),
      ['critical backup-overdue', 'warning backup-failed'],
    );
  });

  it('is exceeded at the predicted time', () => {
    for (const writtenAfter of [1, 8, 300]) {
      const at = overdueAt(changed(writtenAfter), 10 * MINUTE_MS);
      assert.ok(at);
      const minutes = (at.getTime() - MADE.getTime()) / MINUTE_MS;
      assert.deepEqual(codesAt(minutes - 0.1, writtenAfter), [], String(writtenAfter));
      assert.deepEqual(codesAt(minutes + 0.1, writtenAfter), ['warning backup-overdue'], String(writtenAfter));
    }
  });

  it('is not predicted without unsaved changes or without a backup', () => {
    assert.equal(overdueAt(listedSummary({ newest, live: { changed: false } }), MINUTE_MS), undefined);
    assert.equal(overdueAt(listedSummary({ newest: undefined, live: { changed: true } }), MINUTE_MS), undefined);
  });
});
