import assert from 'node:assert/strict';
import { PROBLEM_CODES } from '../../../core/health/severity.js';
import type { Notification, Incident } from '../../../core/notify/incident.js';
import { printable, subjectOf, textOf } from '../../../core/notify/wording.js';

describe('the text of a notification', () => {
  it('names the project and the incident in the subject', () => {
    assert.equal(subjectOf(notification([open('shop')])), 'Feature Backups: shop: the database is damaged');
    assert.equal(
      subjectOf(notification([open('shop'), open('shop', { subject: 'x' })])),
      'Feature Backups: shop: 2 incidents',
    );
    assert.equal(subjectOf(notification([open('shop'), open('blog')])), 'Feature Backups: 2 projects: 2 incidents');
    assert.equal(
      subjectOf({ ...notification([]), kind: 'resolved', resolved: [open('shop')] }),
      'Feature Backups: shop: resolved: the database is damaged',
    );
    assert.equal(
      subjectOf({ ...notification([]), kind: 'resolved', resolved: [open('shop'), open('blog')] }),
      'Feature Backups: 2 projects: 2 incidents resolved',
    );
    assert.equal(subjectOf({ ...notification([]), kind: 'test' }), 'Feature Backups: test message from my-host');
  });

  it('has a title for every code, and contains message, folder, start and end of each incident', () => {
    for (const code of PROBLEM_CODES)
      assert.doesNotMatch(subjectOf(notification([open('shop', { code })])), /undefined/);
    const resolved = open('blog', {
      code: 'replication-failed',
      subject: 'disk',
      resolvedAt: '2026-01-02T00:00:00+00:00',
    });
    assert.equal(
      textOf({ ...notification([open('shop')]), resolved: [resolved] }),
      `New:

shop: the database is damaged
  folder: /projects/shop
  critical: Something is wrong.
  since 2026-01-01T00:00:00+00:00

Resolved:

blog: a sync to a target failed (disk)
  folder: /projects/blog
  since 2026-01-01T00:00:00+00:00, resolved 2026-01-02T00:00:00+00:00

Open incidents: 1. Run "feature-backups notify status" to list them.

Sent by Feature Backups on my-host.
`,
    );
  });

  it('puts every name and message on one line of limited length', () => {
    const hostile = 'a\r\nBcc: x@y.z\0\u0085\u2028\u202E\uD800';
    assert.equal(printable(hostile), 'a\\r\\nBcc: x@y.z\\x00\\x85\\u2028\\u202e\\ud800');
    const name = `${hostile}${'n'.repeat(10_000)}`;
    const notified = notification([
      open(name, { message: `\n${'m'.repeat(10_000)}`, subject: `\n${'s'.repeat(500)}` }),
    ]);
    assert.ok(subjectOf(notified).length < 150);
    assert.doesNotMatch(subjectOf(notified), /[\r\n]/);
    assert.ok(textOf(notified).length < 4000);
    assert.equal(textOf(notified).split('\n').length, textOf(notification([open('shop')])).split('\n').length);
    assert.equal(printable('ab👍', 3), 'ab…');
  });

  it('lists at most a hundred incidents and counts the others', () => {
    const many = Array.from({ length: 130 }, (_, index) => open(`project-${String(index)}`));
    const text = textOf(notification(many));
    assert.equal(text.match(/the database is damaged/g)?.length, 100);
    assert.match(text, /… and 30 more\./);
  });
});

function open(name: string, more: Partial<Incident> = {}): Incident {
  return {
    project: `/projects/${name}`,
    code: 'database-damaged',
    subject: '',
    severity: 'critical',
    message: 'Something is wrong.',
    since: '2026-01-01T00:00:00+00:00',
    seenAt: '2026-01-01T00:00:00+00:00',
    reportedTo: [],
    ...more,
  };
}

function notification(opened: readonly Incident[]): Notification {
  return { kind: 'opened', sentAt: new Date(0), host: 'my-host', opened, resolved: [], openCount: opened.length };
}
