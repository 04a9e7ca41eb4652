import { healthProblem } from '../../../core/health/describeProblem.js';
import type { TargetState } from '../../../core/health/projectSummary.js';
import type { HealthProblem, HealthProblemCode } from '../../../core/health/healthProblem.js';
import type { KnownProject } from '../../../core/projects/knownProject.js';
import type { ProjectSurvey } from '../../../extension/engine/protocol.js';
import type { SurveyedProject } from '../../../extension/model/surveyedProject.js';
import { minutesAgo, NOW } from './sampleState.js';

const HOUR = 60;
const DAY = 24 * HOUR;

export const COPIED: TargetState = {
  name: 'usb',
  lastOkAt: minutesAgo(2 * HOUR).toISOString(),
  failingSince: undefined,
  problem: undefined,
};

/** A project without problems. */
export function surveyed(
  part: Partial<ProjectSurvey> & {
    readonly known?: Partial<KnownProject>;
    readonly failure?: SurveyedProject['failure'];
  } = {},
): SurveyedProject {
  const { known, failure, ...own } = part;
  return {
    known: { root: '/projects/shop-front', name: 'shop-front', origins: ['registry'], status: 'present', ...known },
    failure,
    survey: {
      at: NOW,
      counts: { total: 600, passing: 210, inProgress: 0 },
      newest: { at: minutesAgo(2 * HOUR), counts: { total: 598, passing: 200, inProgress: 0 } },
      provenAt: minutesAgo(3 * DAY),
      backupCount: 20,
      totalSizeBytes: 8_765_440,
      targets: [],
      vaultCount: 0,
      problems: [],
      ...own,
    },
  };
}

export function problem(
  code: HealthProblemCode,
  severity: HealthProblem['severity'],
  subject = '',
  actions: HealthProblem['actions'] = [],
): HealthProblem {
  return healthProblem({ code, severity, subject, what: [`${code} ${subject}: what it means`], actions });
}
