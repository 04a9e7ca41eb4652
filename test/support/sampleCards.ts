import type { KnownHealth, ProjectSummary } from '../../core/engine.js';
import { healthProblemsOf, projectMissing } from '../../core/health/problems.js';
import { undeterminedCodes } from '../../core/health/undetermined.js';
import { BackupError } from '../../core/system/errors.js';
import { projectCard, type CardContent } from '../../cli/statusPage/card.js';
import type { Card } from '../../cli/statusPage/makeCard.js';
import { listedBackup } from './listedBackup.js';
import { listedSummary, type ListedSummary } from './listedSummary.js';

export const NOW = new Date('2026-01-25T17:50:00Z');

const HOUR_MS = 3_600_000;

export type Condition = 'ok' | 'busy' | 'changed' | 'damaged' | 'drill' | 'target' | 'missing' | 'no-database';

const SUMMARIES: Readonly<Record<Exclude<Condition, 'missing' | 'no-database'>, ListedSummary>> = {
  ok: {},
  busy: {
    live: undefined,
    problem: new BackupError('The live database is busy', { code: 'database-busy', operation: 'read it' }),
  },
  changed: { live: { changed: true } },
  damaged: { live: { condition: 'damaged', problems: ['database disk image is malformed'], counts: undefined } },
  drill: {
    jobs: {
      drill: {
        ok: false,
        endedAt: '2026-01-25T03:00:00Z',
        failingSince: '2026-01-24T03:00:00Z',
        lastOkAt: '2026-01-20T03:00:00Z',
        problem: 'feature 12 differs',
      },
    },
  },
  target: {
    replication: [
      { name: 'nas', lastOkAt: '2026-01-25T14:40:00Z', failingSince: undefined, problem: undefined },
      { name: 'cloud', lastOkAt: undefined, failingSince: '2026-01-21T02:00:00Z', problem: 'connection refused' },
    ],
  },
};

/** A project in this condition, as `status` assesses it, without files. */
export function sampleHealth(condition: Condition, name = `${condition}-project`): KnownHealth {
  const known = { root: `/home/anna/projects/${name}`, name, origins: ['registry'] } as const;
  const unopened = { project: undefined, summary: undefined };
  if (condition === 'no-database') return { known: { ...known, status: 'no-database' }, ...unopened, problems: [] };
  if (condition === 'missing') {
    const gone = { ...known, status: 'gone' } as const;
    return { known: gone, ...unopened, problems: [projectMissing(gone)] };
  }
  const summary = sampleSummary(SUMMARIES[condition]);
  return {
    known: { ...known, status: 'present' },
    project: summary.project,
    summary,
    problems: healthProblemsOf(summary, NOW),
    undetermined: undeterminedCodes(summary),
  };
}

function sampleSummary(changes: ListedSummary): ProjectSummary {
  const createdAt = new Date(NOW.getTime() - 30 * HOUR_MS);
  const newest = listedBackup('features_598_20260124-115000_manual', { createdAt });
  return listedSummary({
    newest,
    lastGood: newest,
    lastProven: { backup: newest, at: new Date(NOW.getTime() - 20 * HOUR_MS) },
    backupCount: 21,
    history: { stateCount: 120, sizeBytes: 1_000_000, oldest: new Date('2025-12-02') },
    vault: {
      folder: '/home/anna/vault',
      backupCount: 21,
      onlyInVaultCount: 0,
      risk: 'same-disk',
      failingSince: undefined,
      problem: undefined,
    },
    ...changes,
  });
}

/** Forty counts that end with those of the sample's live database. */
export const SAMPLE_CURVE = Array.from({ length: 40 }, (_, index) => ({
  atMs: NOW.getTime() - (39 - index) * 20 * HOUR_MS,
  features: 559 + index,
  passing: 5 + index * 5,
}));

export function sampleCard(health: KnownHealth, more: Partial<CardContent> = {}): Card {
  return { health, card: projectCard({ health, curve: SAMPLE_CURVE, now: NOW, headingLevel: 3, ...more }) };
}
