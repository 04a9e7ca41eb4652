import type { FeatureCounts } from './feature.js';

/** `integrity_check` also detects an index that does not match its table. */
export type CheckKind = 'integrity_check' | 'quick_check';

export interface CheckResult {
  readonly check: CheckKind;
  readonly ok: boolean;
  /** A few lines of SQLite's output; empty if the image is intact. */
  readonly problems: readonly string[];
  /**
   * Rows that reference missing rows, if requested. They do not affect `ok`, because SQLite does not enforce foreign
   * keys by default.
   */
  readonly foreignKeyViolations?: readonly string[];
}

/** `no-table`: intact, but without a table `features`; `other-shape`: the table lacks required columns. */
export type FeatureTableShape = 'ok' | 'no-table' | 'other-shape';

export interface Inspection {
  readonly check: CheckResult;
  /** Undefined if the check failed. */
  readonly shape: FeatureTableShape | undefined;
  /** Undefined unless `shape` is `ok`. */
  readonly counts: FeatureCounts | undefined;
}

/** A row of AutoForge's registry of projects. */
export interface RegisteredProject {
  readonly name: string;
  /** With forward slashes on every system, as AutoForge writes it. */
  readonly path: string;
}
