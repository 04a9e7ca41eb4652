import type { KnownHealth, ProjectSummary } from '../../core/engine.js';
import { PROBLEM_CODES, unsavedMs } from '../../core/health/index.js';

/** One sample, with labels in addition to the project's own. */
interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

interface Metric {
  readonly name: string;
  readonly help: string;
  /** The samples of one project; none if the value is unknown. */
  readonly samples: (health: KnownHealth, now: Date) => readonly Sample[];
}

/** The text exposition format, version 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/ */
export function prometheusText(all: readonly KnownHealth[], now: Date): string {
  return METRICS.map(({ name, help, samples }) => {
    const lines = all.flatMap((health) =>
      samples(health, now).map(({ labels, value }) => `${name}${labelText(health, labels)} ${String(value)}\n`),
    );
    return lines.length === 0 ? '' : `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${lines.join('')}`;
  }).join('');
}

function labelText({ known }: KnownHealth, labels: Readonly<Record<string, string>> = {}): string {
  const all = { project: known.name, path: known.root, ...labels };
  return `{${Object.entries(all)
    .map(([name, value]) => `${name}="${escapeLabel(value)}"`)
    .join(',')}}`;
}

/** Otherwise a line break in a project's name would start a new sample. */
function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

const CONDITIONS = ['sound', 'shrunk', 'damaged', 'gone', 'unknown'] as const;
const SEVERITY = { critical: 2, warning: 1, information: 0 } as const;

const METRICS: readonly Metric[] = [
  {
    name: 'feature_backups_up',
    help: 'Whether the project and its backups could be read.',
    samples: ({ summary }) => [{ value: summary === undefined ? 0 : 1 }],
  },
  {
    name: 'feature_backups_trouble',
    help: 'Problems by code: 0 none, 1 warning, 2 critical.',
    samples: ({ problems }) =>
      PROBLEM_CODES.map((code) => {
        const levels = problems.filter((problem) => problem.code === code).map(({ severity }) => SEVERITY[severity]);
        return { labels: { code }, value: Math.max(0, ...levels) };
      }),
  },
  {
    name: 'feature_backups_live_condition',
    help: 'Condition of the live database: 1 for the current condition, 0 for the others.',
    samples: ({ summary }) =>
      summarySamples(summary, ({ live }) =>
        CONDITIONS.map((condition) => ({
          labels: { condition },
          value: condition === (live?.condition ?? 'unknown') ? 1 : 0,
        })),
      ),
  },
  {
    name: 'feature_backups_unsaved_seconds',
    help: 'Time since the newest backup matched the live database; 0 while it still does.',
    samples: ({ summary }, now) => summarySamples(summary, (known) => gauge(seconds(unsavedMs(known, now)))),
  },
  {
    name: 'feature_backups_last_backup_timestamp_seconds',
    help: 'Time of the newest backup.',
    samples: ({ summary }) => summarySamples(summary, ({ newest }) => time(newest?.createdAt)),
  },
  {
    name: 'feature_backups_last_verified_timestamp_seconds',
    help: 'Time when the newest verified backup was last verified.',
    samples: ({ summary }) => summarySamples(summary, ({ lastGood }) => time(lastGood?.metadata?.verified?.at)),
  },
  {
    name: 'feature_backups_last_proven_timestamp_seconds',
    help: 'Time of the last drill that an existing backup passed.',
    samples: ({ summary }) => summarySamples(summary, ({ lastProven }) => time(lastProven?.at)),
  },
  {
    name: 'feature_backups_last_drill_timestamp_seconds',
    help: 'Time when the last drill ended, passed or failed.',
    samples: ({ summary }) => summarySamples(summary, ({ jobs }) => time(jobs.drill?.endedAt)),
  },
  {
    name: 'feature_backups_last_drill_ok',
    help: 'Whether the last drill passed.',
    samples: ({ summary }) => summarySamples(summary, ({ jobs }) => flag(jobs.drill?.ok)),
  },
  {
    name: 'feature_backups_features',
    help: 'Features in the live database.',
    samples: ({ summary }) => summarySamples(summary, ({ live }) => gauge(live?.counts?.total)),
  },
  {
    name: 'feature_backups_features_passing',
    help: 'Passing features in the live database.',
    samples: ({ summary }) => summarySamples(summary, ({ live }) => gauge(live?.counts?.passing)),
  },
  {
    name: 'feature_backups_database_bytes',
    help: 'Size of the live database and its write-ahead log.',
    samples: ({ summary }) => summarySamples(summary, ({ live }) => gauge(live?.sizeBytes)),
  },
  {
    name: 'feature_backups_backups',
    help: 'Number of backups, emergency backups, states in the history and quarantined backups.',
    samples: ({ summary }) =>
      summarySamples(summary, ({ backupCount, emergencyCount, quarantineCount, history }) => [
        { labels: { kind: 'ordinary' }, value: backupCount },
        { labels: { kind: 'emergency' }, value: emergencyCount },
        { labels: { kind: 'history' }, value: history.stateCount },
        { labels: { kind: 'quarantine' }, value: quarantineCount },
      ]),
  },
  {
    name: 'feature_backups_store_bytes',
    help: 'Size of the backups, without the history.',
    samples: ({ summary }) => summarySamples(summary, ({ totalSizeBytes }) => gauge(totalSizeBytes)),
  },
  {
    name: 'feature_backups_history_bytes',
    help: 'Size of the history.',
    samples: ({ summary }) => summarySamples(summary, ({ history }) => gauge(history.sizeBytes)),
  },
  {
    name: 'feature_backups_replication_ok',
    help: 'Whether the last sync to a target succeeded.',
    samples: ({ summary }) =>
      targetSamples(summary, ({ lastOkAt, problem }) =>
        lastOkAt === undefined && problem === undefined ? undefined : Number(problem === undefined),
      ),
  },
  {
    name: 'feature_backups_replication_last_success_timestamp_seconds',
    help: 'Time of the last successful sync to a target.',
    samples: ({ summary }) => targetSamples(summary, ({ lastOkAt }) => time(lastOkAt)[0]?.value),
  },
];

function summarySamples(
  summary: ProjectSummary | undefined,
  samples: (summary: ProjectSummary) => readonly Sample[],
): readonly Sample[] {
  return summary === undefined ? [] : samples(summary);
}

function targetSamples(
  summary: ProjectSummary | undefined,
  valueOf: (target: ProjectSummary['replication'][number]) => number | undefined,
): readonly Sample[] {
  return (summary?.replication ?? []).flatMap((target) => {
    const value = valueOf(target);
    return value === undefined ? [] : [{ labels: { target: target.name }, value }];
  });
}

function gauge(value: number | undefined): readonly Sample[] {
  return value === undefined || !Number.isFinite(value) ? [] : [{ value }];
}

function flag(value: boolean | undefined): readonly Sample[] {
  return gauge(value === undefined ? undefined : Number(value));
}

function time(at: Date | string | undefined): readonly Sample[] {
  return at === undefined ? [] : gauge(new Date(at).getTime() / 1000);
}

function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}
