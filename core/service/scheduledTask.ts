import { BackupError } from '../system/index.js';
import type { ServiceSpec } from './serviceSpec.js';
import { xmlText } from './xmlText.js';

export const TASK_NAME = 'Feature Backups';

/** A task for the Windows Task Scheduler that starts at logon and runs without a time limit. */
export function scheduledTask({ node, program, user }: ServiceSpec): string {
  for (const path of [node, program]) refuseVariables(path);
  const userId = user === undefined ? [] : [`<UserId>${xmlText(user)}</UserId>`];
  return [
    '<?xml version="1.0" encoding="UTF-16"?>',
    '<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">',
    '  <RegistrationInfo>',
    '    <Description>Feature Backups: backs up the feature databases of coding agents</Description>',
    '  </RegistrationInfo>',
    '  <Triggers>',
    '    <LogonTrigger>',
    '      <Enabled>true</Enabled>',
    ...userId.map((line) => `      ${line}`),
    '    </LogonTrigger>',
    '  </Triggers>',
    '  <Principals>',
    '    <Principal id="Author">',
    ...userId.map((line) => `      ${line}`),
    '      <LogonType>InteractiveToken</LogonType>',
    '      <RunLevel>LeastPrivilege</RunLevel>',
    '    </Principal>',
    '  </Principals>',
    '  <Settings>',
    '    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>',
    '    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>',
    '    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>',
    '    <StartWhenAvailable>true</StartWhenAvailable>',
    // No limit; the default is three days.
    '    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>',
    '    <Priority>7</Priority>',
    '    <RestartOnFailure>',
    '      <Interval>PT1M</Interval>',
    '      <Count>255</Count>',
    '    </RestartOnFailure>',
    '  </Settings>',
    '  <Actions Context="Author">',
    '    <Exec>',
    `      <Command>${xmlText(node)}</Command>`,
    `      <Arguments>${xmlText(`${windowsArgument(program)} watch`)}</Arguments>`,
    '    </Exec>',
    '  </Actions>',
    '</Task>',
    '',
  ].join('\r\n');
}

/** Quotes for the C runtime: a backslash is special only before a quote. */
export function windowsArgument(text: string): string {
  return `"${text.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, '$1$1')}"`;
}

/** The Task Scheduler expands variables, and a literal `%NAME%` cannot be escaped. */
function refuseVariables(path: string): void {
  if (!/%[^%]+%|\$\(/.test(path)) return;
  throw new BackupError(`The Task Scheduler would expand part of ${path} as a variable`, {
    code: 'configuration',
    operation: 'write the service file',
    path,
    hint: 'Install Feature Backups in a folder whose path contains neither "%" nor "$(".',
  });
}
