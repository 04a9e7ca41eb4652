import { notifyStatus, testChannels, type ChannelStatus, type OpenTrouble } from '../../core/notify/index.js';
import { readUserConfiguration, userConfigurationPath, type NotificationPolicy } from '../../core/project/index.js';
import { BackupError, EXIT, visible, type ExitCode } from '../../core/system/index.js';
import type { Command } from '../command.js';
import type { Console } from '../console.js';
import { wrongUsage } from '../parseInvocation.js';
import { age, count } from '../printing/words.js';

export const notifyCommand: Command = {
  name: 'notify',
  summary: 'try out the notifications, or show what they have told',
  arguments: 'test|status',
  description:
    'test sends a message over every channel of your own configuration file, says for each what happened, and fails when one\n' +
    'did not take it. status shows which troubles are open, what was sent last and what is still to be sent; it looks at no\n' +
    'project. Both concern all projects.',
  subjects: ['test', 'status'],
  selectors: { least: 1, most: 1 },
  options: {},
  examples: [
    ['feature-backups notify test', 'does a mail arrive?'],
    ['feature-backups notify status --json', 'for a script'],
  ],
  async run({ project, selectors: [subject] }, console) {
    if (project !== undefined) throw wrongUsage(notifyCommand, 'Notifications concern all projects: name none');
    const { notifications } = await readUserConfiguration(console.ports);
    return subject === 'test' ? await test(notifications, console) : status(notifications, console);
  },
};

async function test(policy: NotificationPolicy, console: Console): Promise<ExitCode> {
  const tests = await testChannels(policy, console.ports);
  if (tests.length === 0) throw nobodyIsTold(console);
  console.printJson({
    channels: tests.map(({ name, problem }) => ({ name, ok: problem === undefined, problem: problem ?? null })),
  });
  const { colours } = console;
  for (const { name, problem } of tests) {
    const mark = problem === undefined ? colours.green('sent') : colours.red('failed');
    console.print(`${mark}  ${visible(name)}${problem === undefined ? '' : `: ${visible(problem)}`}\n`);
  }
  return tests.every(({ problem }) => problem === undefined) ? EXIT.done : EXIT.failed;
}

function nobodyIsTold({ ports }: Console): BackupError {
  const path = userConfigurationPath(ports.environment, process.platform);
  return new BackupError('Nobody is told of anything: there is no email, webhook or ping in your configuration', {
    code: 'configuration',
    operation: 'send a test message',
    path,
    hint: `Write "notifications" into ${path ?? 'your own configuration file'}; docs/notifications.md shows how.`,
  });
}

function status(policy: NotificationPolicy, console: Console): ExitCode {
  const { channels, open } = notifyStatus(policy, console.ports);
  console.printJson({ channels: channels.map(channelView), open: open.map(troubleView) });
  if (channels.length === 0) console.print('Nobody is told of anything: no notifications are configured.\n');
  for (const channel of channels) console.print(`${visible(channel.name)}: ${channelText(channel, console)}\n`);
  if (channels.length > 0 && open.length === 0) console.print('No trouble is open.\n');
  for (const { project, severity, message, since } of open) {
    const word = severity === 'critical' ? console.colours.red(severity) : console.colours.yellow(severity);
    console.print(`${word}  ${visible(project)}: ${visible(message)} (first seen ${ageOf(since, console)})\n`);
  }
  return EXIT.done;
}

function channelText(
  { lastSentAt, nextTryAt, problem, failures, waitingCount }: ChannelStatus,
  console: Console,
): string {
  const sent = lastSentAt === undefined ? 'nothing sent yet' : `last sent ${ageOf(lastSentAt, console)}`;
  const waiting = waitingCount === 0 ? [] : [`${count(waitingCount, 'trouble')} still to tell`];
  const failed = failures === 0 ? [] : [console.colours.red(`failed ${count(failures, 'time')} in a row`)];
  const next = failures === 0 || nextTryAt === undefined ? [] : [`not tried again before ${nextTryAt}`];
  return [sent, ...waiting, ...failed, ...next].join(', ') + (problem === undefined ? '' : `\n  ${visible(problem)}`);
}

function ageOf(time: string, { ports }: Console): string {
  return age(new Date(time), ports.now());
}

function channelView({ name, lastSentAt, nextTryAt, failures, problem, waitingCount }: ChannelStatus): object {
  return {
    name,
    lastSentAt: lastSentAt ?? null,
    nextTryAt: nextTryAt ?? null,
    failures,
    problem: problem ?? null,
    waitingCount,
  };
}

function troubleView({ project, code, subject, severity, message, since }: OpenTrouble): object {
  return { project, code, subject, severity, message, since };
}
