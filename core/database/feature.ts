/** A value as SQLite stores it: integers are bigints and reals are numbers, so that each is written back as what it was. */
export type RawValue = null | bigint | number | string | Uint8Array;

/** A row of the table `features`, unconverted, by the names of its columns. */
export interface FeatureRow {
  readonly id: number;
  readonly values: Readonly<Record<string, RawValue>>;
}

export interface FeatureCounts {
  readonly total: number;
  readonly passing: number;
  readonly inProgress: number;
}

/** One row of the backlog. Columns that an older schema lacks read as their defaults. */
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

/** What it takes to get from one set of features to another, each list in the order of ids. */
export interface FeatureComparison {
  readonly added: readonly Feature[];
  readonly removed: readonly Feature[];
  readonly changed: readonly FeatureChange[];
  readonly unchangedCount: number;
  /** How many go from passing to failing, and the other way. */
  readonly passingToFailing: number;
  readonly failingToPassing: number;
}
