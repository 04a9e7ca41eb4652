import type { ServiceSpec } from './serviceSpec.js';
import { xmlText } from './xmlText.js';

export const LAUNCH_LABEL = 'feature-backups.watch';

/** A launch agent for the watcher; see launchd.plist(5). */
export function launchAgent({ node, program, launcher, environment, logPath }: ServiceSpec): string {
  const variables = Object.entries(environment).flatMap(([name, value]) => [
    `      ${key(name)}`,
    `      ${string(value)}`,
  ]);
  const log = logPath === undefined ? [] : [logPath];
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    '<plist version="1.0">',
    '  <dict>',
    `    ${key('Label')}`,
    `    ${string(LAUNCH_LABEL)}`,
    `    ${key('ProgramArguments')}`,
    '    <array>',
    ...['/bin/sh', launcher, node, program, 'watch'].map((text) => `      ${string(text)}`),
    '    </array>',
    `    ${key('EnvironmentVariables')}`,
    '    <dict>',
    ...variables,
    '    </dict>',
    `    ${key('RunAtLoad')}`,
    '    <true/>',
    // A watcher that was stopped on purpose stays stopped.
    `    ${key('KeepAlive')}`,
    '    <dict>',
    `      ${key('SuccessfulExit')}`,
    '      <false/>',
    '    </dict>',
    `    ${key('ThrottleInterval')}`,
    '    <integer>30</integer>',
    `    ${key('ExitTimeOut')}`,
    '    <integer>30</integer>',
    `    ${key('ProcessType')}`,
    `    ${string('Background')}`,
    ...log.flatMap((path) => [
      `    ${key('StandardOutPath')}`,
      `    ${string(path)}`,
      `    ${key('StandardErrorPath')}`,
      `    ${string(path)}`,
    ]),
    '  </dict>',
    '</plist>',
    '',
  ].join('\n');
}

function key(name: string): string {
  return `<key>${xmlText(name)}</key>`;
}

function string(text: string): string {
  return `<string>${xmlText(text)}</string>`;
}
