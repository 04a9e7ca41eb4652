import type { DoctorCheck, DoctorLink, DoctorReport } from '../../core/engine.js';
import { countInWords, visible } from '../../core/system/index.js';
import type { Console } from '../console.js';

/** One line for each check, with what to do about a problem. Tab-separated without a terminal. */
export function printReport({ checks, isOk }: DoctorReport, console: Console): void {
  const { colours, isTerminal, print } = console;
  for (const check of checks) {
    const text = visible([check.description, check.advice].filter((part) => part !== '').join(' '));
    const name = NAMES[check.link];
    print(
      isTerminal
        ? `${paint(check, console)(check.state.padEnd(STATE_WIDTH))}  ${colours.bold(name.padEnd(NAME_WIDTH))}  ${text}\n`
        : `${check.state}\t${name}\t${text}\n`,
    );
  }
  if (isTerminal) print(`\n${isOk ? colours.green('Everything works.') : summaryOf(checks, console)}\n`);
}

function summaryOf(checks: readonly DoctorCheck[], { colours }: Console): string {
  const problems = checks.filter(({ state }) => state === 'problem');
  const count = colours.red(countInWords(problems.length, 'problem'));
  const fixable = problems.filter(({ repair }) => repair !== undefined).length;
  if (fixable === 0) return `${count}.`;
  const what = fixable === problems.length ? 'previews and makes the repairs' : `repairs ${String(fixable)} of them`;
  return `${count}. feature-backups doctor --fix ${what}.`;
}

/** The output of doctor --json; media/doctor.schema.json describes every key. */
export function reportView({ project, checks, isOk }: DoctorReport) {
  return {
    project: project.root,
    ok: isOk,
    checks: checks.map(({ link, subject, state, description, advice, node, repair }) => ({
      link,
      subject,
      state,
      description,
      advice,
      node: node ?? null,
      fixable: repair !== undefined,
    })),
  };
}

const NAMES: Readonly<Record<DoctorLink, string>> = {
  configuration: 'configuration',
  database: 'database',
  backups: 'backups',
  store: 'store',
  vault: 'vault',
  target: 'target',
  state: 'state',
  git: 'git hooks',
  hook: 'agent hook',
  tap: 'tap',
  service: 'watcher',
  connections: 'setup',
};

const NAME_WIDTH = Math.max(...Object.values(NAMES).map((name) => name.length));
const STATE_WIDTH = 'information'.length;

function paint({ state }: DoctorCheck, { colours }: Console): (text: string) => string {
  return { ok: colours.green, problem: colours.red, information: colours.dim }[state];
}
