/** A value as SQLite stores it: integers are bigints and reals are numbers, so each keeps its type when written back. */
export type RawValue = null | bigint | number | string | Uint8Array;

/** An unconverted row of the table `features`, by column name. */
export interface FeatureRow {
  readonly id: number;
  readonly values: Readonly<Record<string, RawValue>>;
}

export interface FeatureCounts {
  readonly total: number;
  readonly passing: number;
  readonly inProgress: number;
}

/** One row of the backlog. Columns missing from an older schema have their defaults. */
export interface Feature {
  readonly id: number;
  readonly priority: number;
  readonly category: string;
  readonly name: string;
  readonly description: string;
  readonly steps: readonly string[];
  readonly passes: boolean;
  readonly inProgress: boolean;
  readonly dependencies: readonly number[];
  readonly needsHumanInput: boolean;
  readonly humanInputRequest: string | null;
  readonly humanInputResponse: string | null;
}

export interface FieldChange {
  readonly field: Exclude<keyof Feature, 'id'>;
  readonly before: Feature[keyof Feature];
  readonly after: Feature[keyof Feature];
}

export interface FeatureChange {
  readonly id: number;
  readonly name: string;
  readonly changes: readonly FieldChange[];
}

export interface DifferenceCounts {
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
}

/** The changes from one set of features to another, each list ordered by id. */
export interface FeatureComparison {
  readonly added: readonly Feature[];
  readonly removed: readonly Feature[];
  readonly changed: readonly FeatureChange[];
  readonly unchangedCount: number;
  readonly passingToFailing: number;
  readonly failingToPassing: number;
  /** The numbers of differences beyond those in the lists. Undefined if all are listed. */
  readonly unlisted?: DifferenceCounts;
}
