/** A request to a test process. */
export interface RunTests {
  /** The id of the active mutant; none if undefined. */
  readonly mutant: string | undefined;
  /** Full titles of the tests to run; all if undefined. */
  readonly titles: readonly string[] | undefined;
  /**
   * A folder in which processes started by tests record the mutants reached. If set, a failing test does not end the
   * run.
   */
  readonly coverageFolder?: string;
}

export interface TestsRan {
  readonly failures: readonly FailedTest[];
  /** In a run with coverage: by full title. */
  readonly coverage?: Readonly<Record<string, TestCoverage>>;
}

export interface FailedTest {
  readonly title: string;
  readonly message: string;
}

export interface TestCoverage {
  readonly file: string;
  readonly durationMs: number;
  /** The ids of the mutants that it reaches. */
  readonly reached: readonly string[];
}
