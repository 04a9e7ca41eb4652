import { join } from 'node:path';
import {
  runAll,
  runUntilFailure,
  assertOwnServiceFile,
  removeService,
  serviceFileContent,
  serviceFileState,
  serviceSetUp,
  writeServiceFile,
  type ServiceSetUp,
} from '../../core/service/index.js';
import { countInWords, EXIT, stableNode, visible, visibleLines, type ExitCode } from '../../core/system/index.js';
import { runningWatcher, type RunningWatcher } from '../../core/watch/index.js';
import { CONSENT_OPTIONS, type Command, type Invocation } from '../command.js';
import type { Console } from '../console.js';
import { confirm } from '../confirm.js';
import { age } from '../printing/words.js';
import { programFolder } from '../programs.js';
import { watcherView } from '../statusViews.js';

export const serviceCommand: Command = {
  name: 'service',
  summary: 'run the watcher as a service: install, uninstall, status',
  arguments: 'install|uninstall|status',
  description: 'Run the watcher while you are logged in, as a systemd user unit, launchd agent or scheduled task.',
  exitCodes: 'status: 0 the watcher is running, 1 installed but not running, 4 not installed',
  options: {
    ...CONSENT_OPTIONS,
    force: { type: 'boolean', description: 'replace or remove a service file that was edited by hand' },
  },
  subjects: ['install', 'uninstall', 'status'],
  selectors: { minArguments: 1, maxArguments: 1 },
  examples: [
    ['feature-backups service install --dry-run', 'preview only'],
    ['feature-backups service install', 'install and start it after confirmation'],
    ['feature-backups service status', 'whether it is running'],
  ],
  async run(invocation, console) {
    const programs = {
      node: stableNode(process.execPath, console.ports),
      program: join(programFolder(), 'feature-backups.cjs'),
      launcher: join(programFolder(), 'launch.sh'),
    };
    const setUp = serviceSetUp(programs, console.ports);
    switch (invocation.selectors[0]) {
      case 'install':
        return await install(setUp, invocation, console);
      case 'uninstall':
        return await uninstall(setUp, invocation, console);
      default:
        return status(setUp, console);
    }
  },
};

async function install(setUp: ServiceSetUp, invocation: Invocation, console: Console): Promise<ExitCode> {
  const { path, manager } = setUp;
  const before = serviceFileState(setUp, console.ports);
  const content = serviceFileContent(setUp).toString(manager === 'task-scheduler' ? 'utf16le' : 'utf8');
  if (invocation.options.has('dry-run')) {
    console.print(`Would write ${visible(path)}:\n\n${visibleLines(content)}`);
    console.print(`\nWould run:\n${commandLines(setUp.enable)}`);
    console.printJson({ status: 'planned', path, file: before, content, commands: setUp.enable });
    return EXIT.done;
  }
  const question = `Write ${path} and start the watcher as a service?`;
  const wouldDo = `write ${path} and start the watcher as a service`;
  if ((await confirm({ question, wouldDo, path }, invocation, console)) === 'declined') return EXIT.refused;
  writeServiceFile(setUp, invocation.options.has('force'), console.ports);
  // launchd refuses to load a service that is already loaded.
  if (manager === 'launchd') await runAll(setUp.disable, console.ports);
  const failure = await runUntilFailure(setUp.enable, console.ports);
  console.printJson({
    status: failure === undefined ? 'started' : 'written',
    path,
    failure: failure === undefined ? null : { command: failure.command, message: failure.output },
  });
  if (failure === undefined) {
    console.print(`${console.colours.green('Installed')} and started ${visible(path)}.\n${setUp.advice}\n`);
    return EXIT.done;
  }
  console.note(
    `Wrote ${visible(path)}, but could not start the service:\n` +
      `  ${visible(failure.command.join(' '))}: ${visible(failure.output)}\n` +
      `Start it where ${manager} is running:\n${commandLines(setUp.enable)}`,
  );
  return EXIT.failed;
}

async function uninstall(setUp: ServiceSetUp, invocation: Invocation, console: Console): Promise<ExitCode> {
  const { path } = setUp;
  const force = invocation.options.has('force');
  if (serviceFileState(setUp, console.ports) === 'absent') {
    console.print(`No service is installed: ${visible(path)} does not exist.\n`);
    console.printJson({ status: 'absent', path });
    return EXIT.done;
  }
  if (invocation.options.has('dry-run')) {
    console.print(`Would run:\n${commandLines(setUp.disable)}Would remove ${visible(path)}.\n`);
    console.printJson({ status: 'planned', path, commands: setUp.disable });
    return EXIT.done;
  }
  assertOwnServiceFile(setUp, force, console.ports);
  const question = `Stop the service and remove ${path}? Backups are kept.`;
  const wouldDo = `stop the service and remove ${path}`;
  if ((await confirm({ question, wouldDo, path }, invocation, console)) === 'declined') return EXIT.refused;
  const failure = await removeService(setUp, force, console.ports);
  console.print(`Removed ${visible(path)}. Backups are kept.\n`);
  if (failure !== undefined) {
    console.note(`The service manager reported: ${visible(failure.command.join(' '))}: ${visible(failure.output)}\n`);
  }
  console.printJson({ status: 'removed', path });
  return EXIT.done;
}

const FILE_WORDS = {
  absent: 'not installed',
  current: 'installed',
  outdated: 'installed by another version or from another folder; update it with feature-backups service install',
  changed: 'installed, and edited by hand',
  foreign: 'exists, but not written by Feature Backups',
} as const;

function status(setUp: ServiceSetUp, console: Console): ExitCode {
  const file = serviceFileState(setUp, console.ports);
  const watcher = runningWatcher(console.ports);
  console.print(`service  ${FILE_WORDS[file]}: ${visible(setUp.path)}\n`);
  console.print(`watcher  ${watcher === undefined ? 'not running' : watcherText(watcher, console)}\n`);
  console.printJson({ file, path: setUp.path, manager: setUp.manager, watcher: watcherView(watcher) });
  if (file === 'absent') return EXIT.notFound;
  return watcher === undefined ? EXIT.failed : EXIT.done;
}

function watcherText({ pid, host, since, report }: RunningWatcher, { ports }: Console): string {
  const now = ports.now();
  const start = `process ${String(pid)} on ${visible(host)}, started ${age(new Date(since), now)}`;
  if (report === undefined) return start;
  const problems = report.openProblemCount === 0 ? 'no problems' : countInWords(report.openProblemCount, 'problem');
  const pass = `checked ${countInWords(report.projects, 'project')} ${age(new Date(report.lastPassAt), now)}`;
  return `${start}, version ${visible(report.version)}; ${pass}, ${problems}`;
}

function commandLines(commands: ServiceSetUp['enable']): string {
  return commands.map((command) => `  ${visible(command.map(quoted).join(' '))}\n`).join('');
}

/** For display: an argument with spaces is quoted. */
function quoted(text: string): string {
  return /^[\w@%+=:,./\\-]+$/.test(text) ? text : `"${text}"`;
}
