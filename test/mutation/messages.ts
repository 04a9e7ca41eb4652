/** What the run asks one of its test processes for. */
export interface RunTests {
  /** The mutant that is switched on, by its id; none when undefined. */
  readonly mutant: string | undefined;
  /** Full titles of the tests to run; all when undefined. */
  readonly titles: readonly string[] | undefined;
  /** A folder in which processes that a test starts note what they reached; then every test runs, whatever fails. */
  readonly coverageFolder?: string;
}

export interface TestsRan {
  readonly failures: readonly FailedTest[];
  /** Of a run with coverage: by full title. */
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
