import { isAlarm, type HealthProblem } from '../../core/health/index.js';
import { sizeInWords } from '../../core/system/index.js';
import { counts, features } from '../words/amounts.js';
import { l10n } from '../words/l10n.js';
import { markdownText, plainLine } from '../words/plainText.js';
import { ago } from '../words/times.js';
import { describeTarget } from './describeTarget.js';
import { CONDITION_ICONS, LEVEL_ICONS, type Icon } from './icons.js';
import type { ProjectCondition } from './projectCondition.js';
import { accessibleName, describeProblem, describeUnchecked, type ProblemLevel } from './shownProblem.js';
import { conditionOfProject, type SurveyedProject } from './surveyedProject.js';

/** A row in the list of all projects. */
export interface ProjectRow {
  readonly label: string;
  readonly description: string;
  readonly icon: Icon;
  /** Markdown without links or commands. */
  readonly tooltip: string;
  /** For screen readers: includes the meaning of the icon. */
  readonly ariaLabel: string;
  /** Space-separated flags that menus match: `anyProject targets`. */
  readonly contextValue: string;
  readonly isGreyed: boolean;
  readonly isExpanded: boolean;
  readonly problems: readonly ProblemRow[];
}

export interface ProblemRow {
  readonly label: string;
  readonly message: string;
  readonly icon: Icon;
  readonly ariaLabel: string;
}

export function projectRow(project: SurveyedProject, now: Date): ProjectRow {
  const condition = conditionOfProject(project);
  const label = plainLine(project.known.name);
  const description = describe(project, condition, now);
  const problems = problemRows(project, condition);
  const isGreyed = condition === 'gone' || condition === 'empty';
  return {
    label,
    description,
    icon: CONDITION_ICONS[condition],
    tooltip: tooltip(project, condition, now),
    ariaLabel: [label, conditionWords(condition), ...problems.map((row) => row.label), description].join(', '),
    contextValue: contextOf(project),
    isGreyed,
    isExpanded:
      condition === 'unknown' ||
      (project.survey?.problems ?? []).some((problem) => isAlarm(problem) && problem.code !== 'never-backed-up'),
    problems,
  };
}

function conditionWords(condition: ProjectCondition): string {
  switch (condition) {
    case 'critical':
      return l10n.t('critical problem');
    case 'warning':
      return l10n.t('needs attention');
    case 'unknown':
      return l10n.t('could not be checked');
    case 'unchecked':
      return l10n.t('not checked yet');
    case 'healthy':
      return l10n.t('no problems');
    case 'empty':
      return l10n.t('no backlog yet');
    case 'gone':
      return l10n.t('folder missing');
  }
}

function describe({ survey }: SurveyedProject, condition: ProjectCondition, now: Date): string {
  if (condition === 'gone' || condition === 'empty') return conditionWords(condition);
  if (survey === undefined) return '';
  const { newest, provenAt } = survey;
  const total = newest?.counts.total ?? survey.counts.total;
  const featureCount = total === undefined ? undefined : features(total);
  const age = newest === undefined ? l10n.t('no backups yet') : ago(newest.at, now);
  const state = featureCount === undefined ? age : l10n.t('{0}, {1}', featureCount, age);
  return provenAt === undefined ? state : l10n.t('{0} · tested {1}', state, ago(provenAt, now));
}

/** Empty for a missing project, whose own row is enough. */
function problemRows({ survey, failure }: SurveyedProject, condition: ProjectCondition): readonly ProblemRow[] {
  if (condition === 'gone') return [];
  const rows = (survey?.problems ?? []).map(problemRow);
  return failure === undefined ? rows : [rowOf('unknown', describeUnchecked(failure)), ...rows];
}

function problemRow(problem: HealthProblem): ProblemRow {
  return rowOf(problem.severity, describeProblem(problem));
}

function rowOf(level: ProblemLevel, { title, explanation }: ReturnType<typeof describeProblem>): ProblemRow {
  return {
    label: title,
    message: explanation,
    icon: LEVEL_ICONS[level],
    ariaLabel: accessibleName({ level, title, explanation }),
  };
}

function contextOf({ known, survey }: SurveyedProject): string {
  const inVault = (survey?.vaultCount ?? 0) > 0 ? ['inVault'] : [];
  if (known.status === 'gone') return ['goneProject', ...inVault].join(' ');
  if (known.status === 'no-database') return ['emptyProject', ...inVault].join(' ');
  const flags = ['anyProject'];
  if ((survey?.backupCount ?? 0) > 0) flags.push('backedUp');
  if ((survey?.targets ?? []).length > 0) flags.push('targets');
  return flags.join(' ');
}

function tooltip(project: SurveyedProject, condition: ProjectCondition, now: Date): string {
  const { known, survey } = project;
  const messages = condition === 'gone' ? (survey?.problems ?? []).map(problemRow) : problemRows(project, condition);
  return [
    `**${markdownText(known.name)}**`,
    markdownText(known.root),
    ...messages.map(({ message }) => markdownText(message)),
    survey === undefined || condition === 'gone' ? '' : facts(survey, now).map(markdownText).join('  \n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function facts(survey: NonNullable<SurveyedProject['survey']>, now: Date): readonly string[] {
  const { newest, provenAt, backupCount, totalSizeBytes, targets } = survey;
  return [
    survey.counts.total !== undefined && l10n.t('Backlog: {0}', counts(survey.counts)),
    newest && l10n.t('Last backup: {0}, {1}', ago(newest.at, now), counts(newest.counts)),
    backupCount > 0 &&
      (provenAt === undefined
        ? l10n.t('No successful test restore yet')
        : l10n.t('Last successful test restore: {0}', ago(provenAt, now))),
    backupCount > 0 && l10n.t('Backups: {0}, {1}', backupCount, sizeInWords(totalSizeBytes)),
    ...targets.map((target) => describeTarget(target, now)),
  ].filter((line) => typeof line === 'string');
}
