import type { HealthAction, HealthProblem, HealthProblemCode, Severity } from '../../core/health/index.js';
import type { ErrorDescription } from '../engine/protocol.js';
import { engineText } from '../words/engineText.js';
import { l10n } from '../words/l10n.js';
import { plainLine } from '../words/plainText.js';
import { problemTitle } from '../words/problemWords.js';
import { damageDetail, explainDamage } from './damageWords.js';
import { checkFailureOf } from './projectCondition.js';
import type { ProjectState } from './projectState.js';

/** A problem as every view shows it. */
export interface ShownProblem {
  /** Unique within the project. */
  readonly id: string;
  /** Undefined if the project could not be checked. */
  readonly code: HealthProblemCode | undefined;
  readonly level: ProblemLevel;
  /** In a few words, without a full stop. */
  readonly title: string;
  /** The cause and the next step, in sentences. */
  readonly explanation: string;
  /** The messages of the checks; empty unless the database is damaged. */
  readonly detail: string;
  /** Actions that help, the most helpful first. */
  readonly actions: readonly HealthAction[];
}

/** `unknown`: the project could not be checked. */
export type ProblemLevel = Severity | 'unknown';

/** Worst first. */
export function shownProblems(project: ProjectState, now: Date): readonly ShownProblem[] {
  const shown = project.problems.map((problem) => shownProblem(problem, project, now));
  const failure = checkFailureOf(project);
  if (failure === undefined) return shown;
  const isCritical = ({ level }: ShownProblem): boolean => level === 'critical';
  return [...shown.filter(isCritical), unchecked(failure), ...shown.filter((problem) => !isCritical(problem))];
}

/** Information is shown, but not counted as a problem. */
export function isCounted({ level }: ShownProblem): boolean {
  return level !== 'information';
}

/** For a list without the details of the project. */
export function describeProblem(problem: HealthProblem): Pick<ShownProblem, 'title' | 'explanation'> {
  const { description, advice } = problem;
  return { title: problemTitle(problem), explanation: plainLine(engineText(description, advice)) };
}

export function describeUnchecked({ message, hint }: ErrorDescription): Pick<ShownProblem, 'title' | 'explanation'> {
  return { title: l10n.t('Could not check the project'), explanation: plainLine(engineText(message, hint)) };
}

function shownProblem(problem: HealthProblem, project: ProjectState, now: Date): ShownProblem {
  const { code, severity, subject, actions } = problem;
  const isDamage = code === 'database-damaged' && project.overview?.live?.condition === 'damaged';
  return {
    id: `${code}|${subject}`,
    code,
    level: severity,
    ...describeProblem(problem),
    ...(isDamage && { explanation: explainDamage(project, now) }),
    detail: isDamage ? damageDetail(project) : '',
    actions,
  };
}

function unchecked(failure: ErrorDescription): ShownProblem {
  return {
    id: 'unchecked',
    code: undefined,
    level: 'unknown',
    ...describeUnchecked(failure),
    detail: '',
    actions: [],
  };
}

/** A screen reader does not read the icon: "Error: The database is damaged. Restore …". */
export function accessibleName({
  level,
  title,
  explanation,
}: Pick<ShownProblem, 'level' | 'title' | 'explanation'>): string {
  return l10n.t('{0}: {1}. {2}', levelWord(level), title, explanation);
}

function levelWord(level: ProblemLevel): string {
  switch (level) {
    case 'critical':
      return l10n.t('Error');
    case 'warning':
      return l10n.t('Warning');
    case 'information':
      return l10n.t('Information');
    case 'unknown':
      return l10n.t('Unknown');
  }
}
