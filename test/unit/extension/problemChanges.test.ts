import assert from 'node:assert/strict';
import { parseEarlierProblems, parseNotified, problemChanges } from '../../../extension/model/problemChanges.js';
import type { HealthProblemCode } from '../../../core/health/healthProblem.js';
import { problem } from './sampleSurvey.js';

const always = (): boolean => true;
const nothing = { undetermined: [] };
const gone = problem('database-gone', 'critical');
const drill = problem('drill-failed', 'critical');
const usb = problem('replication-failed', 'warning', 'usb');
const keyOf = ({ code, subject }: { code: HealthProblemCode; subject: string }) => ({ code, subject });

describe('notifications about problems', () => {
  it('report each problem once, and its resolution once', () => {
    const first = problemChanges({ ...nothing, problems: [drill, usb] }, [], always);
    assert.deepEqual(first, { opened: [drill, usb], resolved: [], notified: [keyOf(drill), keyOf(usb)] });
    assert.deepEqual(problemChanges({ ...nothing, problems: [drill, usb] }, first.notified, always).opened, []);
    assert.deepEqual(problemChanges({ ...nothing, problems: [usb] }, first.notified, always), {
      opened: [],
      resolved: [keyOf(drill)],
      notified: [keyOf(usb)],
    });
  });

  it('distinguish two targets', () => {
    const cloud = problem('replication-failed', 'warning', 'cloud');
    assert.deepEqual(problemChanges({ ...nothing, problems: [usb, cloud] }, [keyOf(usb)], always).opened, [cloud]);
  });

  it('do not report a problem as resolved that could not be checked', () => {
    const lost = problem('backups-gone', 'critical');
    const hidden = problemChanges({ problems: [lost], undetermined: ['database-gone'] }, [keyOf(gone)], always);
    assert.deepEqual(hidden, { opened: [lost], resolved: [], notified: [keyOf(lost), keyOf(gone)] });
    assert.deepEqual(problemChanges({ ...nothing, problems: [] }, hidden.notified, always).resolved, [
      keyOf(lost),
      keyOf(gone),
    ]);
  });

  it('never report information, and leave out problems without a notification', () => {
    const information = problem('replication-failed', 'information', 'usb');
    const none = problem('never-backed-up', 'warning');
    const isNotified = (code: HealthProblemCode): boolean => code !== 'never-backed-up';
    assert.deepEqual(problemChanges({ ...nothing, problems: [information, none] }, [], isNotified).opened, []);
  });

  it('recognise the problems that an earlier version reported', () => {
    const earlier = [
      { kind: 'gone', subject: '' },
      { kind: 'replicationFailed', subject: 'usb' },
      { kind: 'readFailed', subject: '' },
      { kind: 'toString', subject: '' },
      { kind: 'damaged' },
      null,
    ];
    assert.deepEqual(parseEarlierProblems(earlier), [keyOf(gone), keyOf(usb)]);
    assert.deepEqual(parseEarlierProblems({ kind: 'gone' }), []);
  });

  it('ignore what another version may have written', () => {
    const isCode = (text: string): text is HealthProblemCode => text === 'drill-failed';
    const stored = [{ code: 'drill-failed', subject: '' }, { code: 'new-code', subject: '' }, { code: 1 }, 'x'];
    assert.deepEqual(parseNotified(stored, isCode), [{ code: 'drill-failed', subject: '' }]);
    assert.deepEqual(parseNotified(undefined, isCode), []);
  });
});
