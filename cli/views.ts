import type { Backup, Feature, FeatureComparison, RestorePlan } from '../core/engine.js';

// The output of --json: stable names, plain values, null for unknown values.

export function backupView(backup: Backup) {
  const { metadata, metadataProblem } = backup;
  return {
    id: backup.id,
    kind: backup.kind,
    path: backup.path,
    createdAt: backup.createdAt.toISOString(),
    reason: backup.reason,
    source: metadata?.source ?? null,
    featureCount: backup.counts.total ?? null,
    passingCount: backup.counts.passing ?? null,
    inProgressCount: backup.counts.inProgress ?? null,
    sizeBytes: backup.sizeBytes,
    compressed: backup.compressed,
    inHistory: backup.history !== undefined,
    onlyInVault: backup.isOnlyInVault === true,
    content: backup.content,
    pinned: metadataProblem === undefined ? (metadata?.pinned ?? false) : null,
    verified: metadata?.verified ?? null,
    drilled: metadata?.drilled ?? null,
    git: metadata?.git ?? null,
    events: metadata?.events ?? [],
    metadataProblem: metadataProblem?.reason ?? null,
  };
}

export function comparisonView(comparison: FeatureComparison) {
  const { added, removed, changed, unchangedCount, passingToFailing, failingToPassing, unlisted } = comparison;
  return {
    added: added.map(featureView),
    removed: removed.map(featureView),
    changed,
    unchangedCount,
    passingToFailing,
    failingToPassing,
    ...(unlisted !== undefined && { unlisted }),
  };
}

function featureView(feature: Feature): Feature {
  return { ...feature };
}

export function planView(plan: RestorePlan) {
  return {
    backup: backupView(plan.backup),
    databasePath: plan.databasePath,
    live: plan.live,
    problems: plan.problems,
    liveCounts: plan.liveCounts ?? null,
    backupCounts: plan.backupCounts ?? null,
    isUnchanged: plan.isUnchanged,
    way: plan.method,
    blockedBy: plan.blockers,
    salvaged:
      plan.salvage === undefined
        ? null
        : {
            merged: plan.salvage.merged.map(({ feature }) => feature.id),
            leftOut: plan.salvage.leftOut.map(({ feature }) => feature.id),
          },
    comparison: plan.comparison === undefined ? null : comparisonView(plan.comparison),
  };
}
