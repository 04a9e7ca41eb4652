import { doctor, installPart, planSetup, type DoctorReport, type SetupPart } from '../../core/engine.js';
import { EXIT, type ExitCode } from '../../core/system/index.js';
import type { Command, Invocation } from '../command.js';
import { confirm } from '../confirm.js';
import type { Console } from '../console.js';
import { printReport, reportView } from '../printing/doctor.js';
import { partView, printParts, printUnplanned } from '../printing/setupParts.js';
import { setupPrograms } from '../programs.js';

export const doctorCommand: Command = {
  name: 'doctor',
  summary: 'test every hook, tap and backup location, and show how to repair them',
  arguments: '[project] [--fix]',
  description:
    'Test every step from a write to a backup: hooks and taps run as installed, but only report what they would back up.',
  output:
    'One line per step, tab-separated: ok, problem or information, the step, a message. media/doctor.schema.json describes the output of --json.',
  exitCodes: '1 if there is a problem',
  options: {
    fix: { type: 'boolean', description: 'install broken hooks and taps again, after a preview' },
    yes: { type: 'boolean', description: 'do not ask for confirmation' },
  },
  selectors: { minArguments: 0, maxArguments: 0 },
  examples: [
    ['feature-backups doctor', 'the project around the working directory'],
    ['feature-backups doctor --fix', 'repair its hooks and taps after confirmation'],
  ],
  async run(invocation, console) {
    const engine = { ports: console.ports, cwd: console.cwd, programs: setupPrograms(console.ports) };
    const report = await doctor(invocation.project, engine);
    if (!invocation.options.has('fix')) return finish(report, [], console);
    const repairs = [
      ...new Set(report.checks.flatMap(({ state, repair }) => (state === 'problem' ? (repair ?? []) : []))),
    ];
    const { parts, unplanned } = await planSetup(report.project, { ...engine, only: repairs });
    printUnplanned(unplanned, console);
    if (parts.length === 0) return finish(report, [], console);
    printReport(report, console);
    console.print('\n');
    printParts(parts, 'install', console);
    if ((await consent(parts, invocation, console)) === 'declined') return EXIT.refused;
    for (const part of parts) installPart(part, engine);
    console.print('\n');
    return finish(await doctor(invocation.project, engine), parts, console);
  },
};

function finish(report: DoctorReport, repaired: readonly SetupPart[], console: Console): ExitCode {
  printReport(report, console);
  console.printJson({ ...reportView(report), repaired: repaired.map(partView) });
  return report.isOk ? EXIT.done : EXIT.failed;
}

async function consent(parts: readonly SetupPart[], invocation: Invocation, console: Console) {
  const files = parts.flatMap((part) => part.files).join(', ');
  return await confirm({ question: 'Repair as shown?', wouldDo: `change ${files}` }, invocation, console);
}
