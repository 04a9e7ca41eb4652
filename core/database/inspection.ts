import type { FeatureCounts } from './feature.js';

/** Which of SQLite's own checks: `integrity_check` also sees an index that has lost rows. */
export type CheckKind = 'integrity_check' | 'quick_check';

export interface CheckResult {
  readonly check: CheckKind;
  readonly ok: boolean;
  /** What SQLite said, a few lines at most; empty when it is sound. */
  readonly problems: readonly string[];
  /**
   * Rows that point at rows which do not exist, where that was asked for. The file is whole all the same (SQLite does not
   * enforce foreign keys unless told to), so they leave `ok` alone.
   */
  readonly foreignKeyViolations?: readonly string[];
}

/** `no-table`: sound, but there is no table of features (yet); `other-shape`: it lacks the columns that make one. */
export type FeatureTableShape = 'ok' | 'no-table' | 'other-shape';

/** What one look at an image tells. */
export interface Inspection {
  readonly check: CheckResult;
  /** Undefined where the check failed: nothing else was read then. */
  readonly shape: FeatureTableShape | undefined;
  /** Undefined unless `shape` is `ok`. */
  readonly counts: FeatureCounts | undefined;
}

/** A row of AutoForge's registry of projects. */
export interface RegisteredProject {
  readonly name: string;
  /** As AutoForge wrote it, with forward slashes on every system. */
  readonly path: string;
}
