import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { statusPage } from '../../../../cli/statusPage/page.js';
import { healthProblem } from '../../../../core/health/describeProblem.js';
import { BackupError } from '../../../../core/system/errors.js';
import { NOW, sampleCard, sampleHealth, type Condition } from '../../../support/sampleCards.js';

const ALL = { scope: 'all', isComplete: true, now: NOW } as const;

describe('the status page', () => {
  const cardOf = (condition: Condition): string => sampleCard(sampleHealth(condition)).card.html;

  it('allows neither scripts nor requests, and contains no script', () => {
    const page = statusPage([sampleCard(sampleHealth('ok'))], ALL);
    const policy = /Content-Security-Policy"\s+content="([^"]*)"/.exec(page)?.[1]?.replaceAll('&#39;', "'");
    assert.equal(policy, "default-src 'none'; style-src 'unsafe-inline'; img-src data:");
    assert.doesNotMatch(
      page,
      /<script|\son\w+=|\sstyle=|url\(|@import|https?:(?!\/\/www\.w3\.org\/2000\/svg|%2F%2Fwww)/i,
    );
    assert.deepEqual(
      [...page.matchAll(/\s(?:src|href)="([^"]{5})/g)].map(([, start]) => start),
      ['data:'],
      'links within the page are shorter',
    );
  });

  it('groups the projects by state, worst first, and links to each group', () => {
    const conditions = ['ok', 'no-database', 'damaged', 'missing', 'changed', 'ok', 'busy'] as const;
    const page = statusPage(
      conditions.map((condition) => sampleCard(sampleHealth(condition))),
      ALL,
    );
    const ids = [...page.matchAll(/<h2 id="([^"]*)"/g)].map(([, id]) => id);
    assert.deepEqual(ids, ['critical', 'unknown', 'warning', 'gone', 'ok', 'no-database']);
    assert.deepEqual(
      [...page.matchAll(/href="#([^"]*)"/g)].map(([, id]) => id),
      ids,
    );
    assert.match(
      page,
      /<title>Critical 1, Unknown 1, Warning 1, Missing 1, OK 2, No database 1 – Backup status<\/title>/,
    );
  });

  it('marks critical, warning and information by a word and a shape, not only by colour', () => {
    const health = sampleHealth('ok');
    const problems = (['critical', 'warning', 'information'] as const).map((severity) =>
      healthProblem({ code: 'backup-damaged', severity, what: ['A problem'], advice: ['Do this'] }),
    );
    const { html } = sampleCard({ ...health, problems }).card;
    const shapes = [...html.matchAll(/<strong class="label (\w+)"\s*><svg[^>]*>(.*?)<\/svg>(\w+)</gs)].slice(1);
    assert.deepEqual(
      shapes.map(([, level, , word]) => [level, word]),
      [
        ['critical', 'Critical'],
        ['warning', 'Warning'],
        ['information', 'Information'],
      ],
    );
    assert.equal(new Set(shapes.map(([, , shape]) => shape)).size, 3);
  });

  it('separates a problem from the advice, and ignores information for the state', () => {
    const health = sampleHealth('ok');
    const problem = { code: 'other-database', severity: 'information', what: ['A problem'] } as const;
    const { html } = sampleCard({
      ...health,
      problems: [healthProblem({ ...problem, advice: ['Do this'] }), healthProblem(problem)],
    }).card;
    assert.match(html, /^<article class="card ok">/);
    assert.deepEqual(html.match(/<p class="advice">.*/g), ['<p class="advice">Do this.</p>']);
  });

  it('reports a database that could not be checked, and an incomplete list, as unknown', () => {
    const card = sampleCard(sampleHealth('busy'));
    assert.match(card.card.html, /<dd>Unreadable: The live database is busy<\/dd>/);
    const page = statusPage([card], { ...ALL, isComplete: false });
    assert.match(page, /<h2 id="unknown">\s*Unknown/);
    assert.match(page, /Incomplete<\/strong\s*> Part of the list of projects could not be read/);
    assert.doesNotMatch(statusPage([card], ALL), /Incomplete/);
  });

  it('escapes names, paths, messages, targets and reasons', () => {
    const hostile = '</p><img src=x onerror="a()">\u202E\u0007&';
    const health = sampleHealth('target', hostile);
    const { summary } = health;
    assert.ok(summary);
    const replication = summary.replication.map((target) => ({ ...target, name: hostile, problem: hostile }));
    const problems = [
      healthProblem({ code: 'store-unusable', severity: 'critical', what: [hostile], advice: [hostile] }),
    ];
    const curve = new BackupError(hostile, { code: 'io', operation: 'read the history' });
    const card = sampleCard({ ...health, problems, summary: { ...summary, replication } }, { curve });
    for (const page of [statusPage([card], { ...ALL, scope: 'one' }), statusPage([card], ALL)]) {
      assert.doesNotMatch(page, /<img|onerror="|\u202E|\u0007/);
      assert.ok(page.includes('&#60;/p&#62;&#60;img src=x onerror=&#34;a()&#34;&#62;\\u202e\\x07&#38;'));
    }
  });

  it('shows the counts of the last backup, labelled as such, if the database cannot be read', () => {
    assert.match(cardOf('damaged'), />598 features<\/span> <span class="source">in the last backup/);
    assert.doesNotMatch(cardOf('ok'), /in the last backup/);
  });

  it('shows a failed test restore, and the last one that passed', () => {
    assert.match(
      cardOf('drill'),
      /Failed <time datetime="2026-01-25T03:00:00.000Z">.*Passed <time datetime="2026-01-24T21:50/s,
    );
    assert.match(cardOf('ok'), /<dd>Passed <time/);
  });

  it('shows each target with its last sync, or how long it has been failing', () => {
    assert.match(cardOf('target'), /nas<\/bdi>: synced <time datetime="2026-01-25T14:40/);
    assert.match(
      cardOf('target'),
      /cloud<\/bdi>: <strong class="failure">Failing<\/strong> since <time datetime="2026-01-21T02/,
    );
  });

  it('reports invalid times as unknown', () => {
    const { summary, ...health } = sampleHealth('ok');
    assert.ok(summary);
    const replication = [{ name: 'nas', lastOkAt: 'x', failingSince: undefined, problem: undefined }];
    const { html } = sampleCard({ ...health, summary: { ...summary, replication } }).card;
    assert.match(html, /synced at an unknown time/);
  });

  it('writes a project without a database, and a page without projects', () => {
    assert.match(cardOf('no-database'), /No database yet/);
    assert.match(statusPage([], ALL), /0 projects, 0 backups/);
  });
});
