import type { HealthProblem, HealthProblemCode } from '../../core/health/index.js';
import type { DeletedProject, ErrorDescription, Overview } from '../engine/protocol.js';

/** The known facts about one project; immutable, replaced on every change. */
export interface ProjectState {
  /** Absolute path of the project's folder. */
  readonly root: string;
  readonly name: string;
  /** As of the last check that could read the project. */
  readonly overview: Overview | undefined;
  /** Set if the project was deleted, and the vault contains its backups. */
  readonly deleted?: DeletedProject | undefined;
  /** Worst first, as of the last check that finished. */
  readonly problems: readonly HealthProblem[];
  /** Codes that could not be checked: their absence from `problems` proves nothing. */
  readonly undetermined: readonly HealthProblemCode[];
  /** Why the last check did not finish; undefined if it did. */
  readonly checkFailure: ErrorDescription | undefined;
}
