import { join } from 'node:path';
import {
  askEach,
  askInTurn,
  assertOurs,
  removeServiceFile,
  serviceFileContent,
  serviceFileState,
  serviceSetUp,
  writeServiceFile,
  type ServiceSetUp,
} from '../../core/service/index.js';
import { EXIT, visible, visibleLines, type ExitCode } from '../../core/system/index.js';
import { runningWatcher, type RunningWatcher } from '../../core/watch/index.js';
import { CONSENT_OPTIONS, type Command, type Invocation } from '../command.js';
import type { Console } from '../console.js';
import { consentTo } from '../consent.js';
import { age, count } from '../printing/words.js';
import { programFolder } from '../programs.js';
import { watcherView } from '../statusViews.js';

export const serviceCommand: Command = {
  name: 'service',
  summary: 'have "watch" run whenever you are logged in: install, uninstall, status',
  arguments: 'install|uninstall|status',
  description:
    'Writes a systemd user unit (Linux), a launchd agent (macOS) or a scheduled task (Windows), and starts it.\n' +
    'status answers 0 while a watcher runs, 4 where no service is installed, 1 where one is installed and none runs.',
  options: {
    ...CONSENT_OPTIONS,
    force: { type: 'boolean', description: 'also over, or without, a service file that was changed by hand' },
  },
  subjects: ['install', 'uninstall', 'status'],
  selectors: { least: 1, most: 1 },
  examples: [
    ['feature-backups service install --dry-run', 'see the file that it would write'],
    ['feature-backups service install', 'write and start it, after a question'],
    ['feature-backups service status', 'whether it runs, since when, and how it goes'],
  ],
  async run(invocation, console) {
    const programs = { node: process.execPath, program: join(programFolder(), 'feature-backups.cjs') };
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
    console.print(`This would be written to ${visible(path)}:\n\n${visibleLines(content)}`);
    console.print(`\nThen it would run:\n${commandLines(setUp.enable)}`);
    console.printJson({ status: 'planned', path, file: before, content, commands: setUp.enable });
    return EXIT.done;
  }
  const question = `Write ${path} and have the watcher run as a service?`;
  const wouldDo = `write ${path} and start the watcher as a service`;
  if ((await consentTo({ question, wouldDo, path }, invocation, console)) === 'declined') return EXIT.refused;
  writeServiceFile(setUp, invocation.options.has('force'), console.ports);
  // launchd refuses to load what is loaded already; an older one goes first.
  if (manager === 'launchd') await askEach(setUp.disable, console.ports);
  const failure = await askInTurn(setUp.enable, console.ports);
  console.printJson({
    status: failure === undefined ? 'started' : 'written',
    path,
    failure: failure === undefined ? null : { command: failure.command, message: failure.text },
  });
  if (failure === undefined) {
    console.print(`${console.colours.green('Installed')} ${visible(path)}, and started.\n${setUp.advice}\n`);
    return EXIT.done;
  }
  console.note(
    `${visible(path)} is written, but the service could not be started here:\n` +
      `  ${visible(failure.command.join(' '))}: ${visible(failure.text)}\n` +
      `Where ${manager} runs, these start it:\n${commandLines(setUp.enable)}`,
  );
  return EXIT.failed;
}

async function uninstall(setUp: ServiceSetUp, invocation: Invocation, console: Console): Promise<ExitCode> {
  const { path } = setUp;
  const force = invocation.options.has('force');
  if (serviceFileState(setUp, console.ports) === 'absent') {
    console.print(`No service is installed: there is no ${visible(path)}.\n`);
    console.printJson({ status: 'absent', path });
    return EXIT.done;
  }
  if (invocation.options.has('dry-run')) {
    console.print(`This would run:\n${commandLines(setUp.disable)}and remove ${visible(path)}.\n`);
    console.printJson({ status: 'planned', path, commands: setUp.disable });
    return EXIT.done;
  }
  assertOurs(setUp, force, console.ports);
  const question = `Stop the service and remove ${path}? Backups stay.`;
  const wouldDo = `stop the service and remove ${path}`;
  if ((await consentTo({ question, wouldDo, path }, invocation, console)) === 'declined') return EXIT.refused;
  const failure = await askEach(setUp.disable, console.ports);
  removeServiceFile(setUp, force, console.ports);
  await askEach(setUp.afterRemoval, console.ports);
  console.print(`Removed ${visible(path)}. Backups stay.\n`);
  // Most often it was not running, or there is no such manager here.
  if (failure !== undefined) {
    console.note(`The service manager said: ${visible(failure.command.join(' '))}: ${visible(failure.text)}\n`);
  }
  console.printJson({ status: 'removed', path });
  return EXIT.done;
}

const FILE_WORDS = {
  absent: 'not installed',
  current: 'installed',
  outdated: 'installed, by another version or from another folder; "service install" brings it up to date',
  changed: 'installed, and changed by hand',
  foreign: 'there, but not written by Feature Backups',
} as const;

function status(setUp: ServiceSetUp, console: Console): ExitCode {
  const file = serviceFileState(setUp, console.ports);
  const watcher = runningWatcher(console.ports);
  console.print(`service  ${FILE_WORDS[file]}: ${visible(setUp.path)}\n`);
  console.print(`watcher  ${watcher === undefined ? 'none runs' : watcherText(watcher, console)}\n`);
  console.printJson({ file, path: setUp.path, manager: setUp.manager, watcher: watcherView(watcher) });
  if (file === 'absent') return EXIT.notFound;
  return watcher === undefined ? EXIT.failed : EXIT.done;
}

function watcherText({ pid, host, since, report }: RunningWatcher, { ports }: Console): string {
  const now = ports.now();
  const start = `process ${String(pid)} on ${visible(host)}, started ${age(new Date(since), now)}`;
  if (report === undefined) return start;
  const troubles = report.troubles === 0 ? 'no trouble' : count(report.troubles, 'trouble');
  const pass = `looked at ${count(report.projects, 'project')} ${age(new Date(report.lastPassAt), now)}`;
  return `${start}, version ${visible(report.version)}; ${pass}, ${troubles}`;
}

function commandLines(commands: ServiceSetUp['enable']): string {
  return commands.map((command) => `  ${visible(command.map(word).join(' '))}\n`).join('');
}

/** For reading; paths with blanks in quotes. */
function word(text: string): string {
  return /^[\w@%+=:,./\\-]+$/.test(text) ? text : `"${text}"`;
}
