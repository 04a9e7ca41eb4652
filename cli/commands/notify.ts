import { notifyStatus, testChannels, type ChannelStatus, type Incident } from '../../core/notify/index.js';
import { readUserConfiguration, userConfigurationPath, type NotificationPolicy } from '../../core/project/index.js';
import { BackupError, countInWords, EXIT, visible, type ExitCode } from '../../core/system/index.js';
import type { Command } from '../command.js';
import type { Console } from '../console.js';
import { wrongUsage } from '../parseInvocation.js';
import { age } from '../printing/words.js';

export const notifyCommand: Command = {
  name: 'notify',
  summary: 'test the notification channels, or show what was sent',
  arguments: 'test|status',
  description: 'Send a test message to every notification channel, or show open problems and what was sent.',
  subjects: ['test', 'status'],
  selectors: { minArguments: 1, maxArguments: 1 },
  options: {},
  examples: [
    ['feature-backups notify test', 'send a test message'],
    ['feature-backups notify status', 'open problems, and the last message of each channel'],
  ],
  async run({ project, selectors: [subject] }, console) {
    if (project !== undefined)
      throw wrongUsage(notifyCommand, 'Do not name a project: notifications cover all of them');
    const { notifications } = await readUserConfiguration(console.ports);
    return subject === 'test' ? await test(notifications, console) : status(notifications, console);
  },
};

async function test(policy: NotificationPolicy, console: Console): Promise<ExitCode> {
  const tests = await testChannels(policy, console.ports);
  if (tests.length === 0) throw noChannels(console);
  console.printJson({
    channels: tests.map(({ name, problem }) => ({ name, ok: problem === undefined, problem: problem ?? null })),
  });
  const { colours } = console;
  for (const { name, problem } of tests) {
    const result = problem === undefined ? colours.green('sent') : colours.red('failed');
    console.print(`${result}  ${visible(name)}${problem === undefined ? '' : `: ${visible(problem)}`}\n`);
  }
  return tests.every(({ problem }) => problem === undefined) ? EXIT.done : EXIT.failed;
}

function noChannels({ ports }: Console): BackupError {
  const path = userConfigurationPath(ports.environment, process.platform);
  return new BackupError('No notifications are configured: no email, webhook or ping', {
    code: 'configuration',
    operation: 'send a test message',
    path,
    hint: `Add "notifications" to ${path ?? 'your user configuration file'}; see docs/notifications.md.`,
  });
}

function status(policy: NotificationPolicy, console: Console): ExitCode {
  const { channels, open } = notifyStatus(policy, console.ports);
  console.printJson({ channels: channels.map(channelView), open: open.map(problemView) });
  if (channels.length === 0) console.print('No notifications are configured.\n');
  for (const channel of channels) console.print(`${visible(channel.name)}: ${channelText(channel, console)}\n`);
  if (channels.length > 0 && open.length === 0) console.print('No open problems.\n');
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
  const waiting = waitingCount === 0 ? [] : [`${countInWords(waitingCount, 'problem')} still to send`];
  const failed = failures === 0 ? [] : [console.colours.red(`failed ${countInWords(failures, 'time')} in a row`)];
  const next = failures === 0 || nextTryAt === undefined ? [] : [`next try after ${nextTryAt}`];
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

function problemView({ project, code, subject, severity, message, since }: Incident): object {
  return { project, code, subject, severity, message, since };
}
