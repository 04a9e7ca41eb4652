import type { KnownHealth, LiveObservation, ProjectSummary, HealthProblem } from '../core/engine.js';
import { healthState, type ProjectHealth } from '../core/health/index.js';
import type { RunningWatcher } from '../core/watch/index.js';
import { errorDocument } from './printing/errors.js';
import { backupView } from './views.js';

// The output of status --json; media/status.schema.json describes every key.

export function statusView(health: ProjectHealth & { readonly summary: ProjectSummary }) {
  const { summary, problems } = health;
  const { project, live, problem, newest, lastGood, lastProven, history, jobs } = summary;
  const { backupCount, emergencyCount, quarantineCount, totalSizeBytes } = summary;
  return {
    project: project.root,
    databasePath: project.databasePath,
    storePath: project.storePath,
    state: healthState(health),
    troubles: problems.map(problemView),
    live: live === undefined ? null : liveView(live),
    problem: problem === undefined ? null : errorDocument(problem).error,
    newest: newest === undefined ? null : backupView(newest),
    lastGood: lastGood === undefined ? null : backupView(lastGood),
    lastProven: lastProven === undefined ? null : { backup: backupView(lastProven.backup), at: lastProven.at },
    backupCount,
    emergencyCount,
    quarantineCount,
    metadataProblems: summary.metadataProblems.map(({ path, reason }) => ({ path, reason })),
    totalSizeBytes,
    history: { ...history, oldest: history.oldest ?? null, unreadableCount: history.unreadableCount ?? 0 },
    replication: summary.replication.map(({ name, lastOkAt, failingSince, problem: why }) => ({
      name,
      lastOkAt: lastOkAt ?? null,
      failingSince: failingSince ?? null,
      problem: why ?? null,
    })),
    vault: summary.vault === undefined ? null : vaultView(summary.vault),
    jobs: Object.fromEntries(Object.entries(jobs).map(([name, job]) => [name, jobView(job)])),
    configuration: project.configuration,
  };
}

function vaultView({ risk, failingSince, problem, ...vault }: NonNullable<ProjectSummary['vault']>) {
  return { ...vault, risk: risk ?? null, failingSince: failingSince ?? null, problem: problem ?? null };
}

export function allView(all: readonly KnownHealth[]) {
  return {
    projects: all.map(({ known, project, summary, problems, undetermined }) => ({
      name: known.name,
      root: known.root,
      origins: known.origins,
      status: known.status,
      state: healthState({ summary, problems, undetermined }),
      troubles: problems.map(problemView),
      summary:
        project === undefined || summary === undefined
          ? null
          : statusView({ project, summary, problems, undetermined }),
    })),
  };
}

export function watcherView(watcher: RunningWatcher | undefined) {
  if (watcher === undefined) return null;
  const { pid, host, since, report } = watcher;
  if (report === undefined) return { pid, host, since, report: null };
  const { version, lastPassAt, projects, openProblemCount } = report;
  return { pid, host, since, report: { version, lastPassAt, projects, troubles: openProblemCount } };
}

function problemView({ code, severity, subject, message }: HealthProblem) {
  return { code, severity, subject, message };
}

function liveView({ counts: live, sizeBytes, journalMode, writtenAt, ...rest }: LiveObservation) {
  return {
    ...rest,
    counts: live ?? null,
    sizeBytes: sizeBytes ?? null,
    journalMode: journalMode ?? null,
    writtenAt: writtenAt ?? null,
  };
}

function jobView(job: ProjectSummary['jobs']['backup']) {
  return {
    claimedDueAt: job?.claimedDueAt ?? null,
    endedAt: job?.endedAt ?? null,
    ok: job?.ok ?? null,
    lastOkAt: job?.lastOkAt ?? null,
    failingSince: job?.failingSince ?? null,
    problem: job?.problem ?? null,
  };
}
