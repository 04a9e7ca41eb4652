import { isAbsolute, join } from 'node:path';
import { isPathText } from '../configurationKeys.js';

/** Each `EXPECTED_` ends the sentence "… must be". */

export function isFlag(value: unknown): value is boolean {
  return typeof value === 'boolean';
}

const MAX_TEXT = 1000;

/** Text on one line, for other programs and messages. */
export function isLine(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '' && value.length <= MAX_TEXT && !/\p{Cc}/u.test(value);
}

export const EXPECTED_LINE = 'some text on one line';

/** A rough check: a nickname or five fields. `parseSchedule` checks the rest. */
export function isCronText(value: unknown): value is string {
  if (value === '') return true;
  if (!isLine(value)) return false;
  const text = value.trim();
  return /^@[a-z]+$/i.test(text) || /^[\w*,/#+-]+(?: +[\w*,/#+-]+){4}$/.test(text);
}

export const EXPECTED_CRON = 'a cron expression of five fields, @daily or the like, or "" for never';

/** A path that does not depend on the working directory. */
export function isOwnPath(value: unknown): value is string {
  return isPathText(value) && isLine(value) && (isAbsolute(value) || /^~[/\\]/.test(value));
}

export const EXPECTED_OWN_PATH = 'an absolute path, or one that starts with ~/';

/** Replaces `~/`; undefined without a home. */
export function withHome(path: string, home: string | undefined): string | undefined {
  if (!path.startsWith('~')) return path;
  return home !== undefined && isAbsolute(home) ? join(home, path.slice(2)) : undefined;
}

export function isTargetName(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(value);
}

export const EXPECTED_TARGET_NAME = 'at most 64 letters, digits, - and _';

/**
 * A remote of rclone's configuration, with an optional path. An inline remote (`:sftp,ssh=…:`) is refused: it can name
 * programs to run, and contain passwords that messages would show.
 */
export function isRemote(value: unknown): value is string {
  return isLine(value) && /^[\p{L}\p{N}_.+@][\p{L}\p{N}_.+@ -]*(?<! ):/u.test(value);
}

export const EXPECTED_REMOTE = 'the name of an rclone remote with an optional path, like "remote:path"';

export function isVariableName(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z_]\w{0,127}$/.test(value);
}

export const EXPECTED_VARIABLE = 'the name of an environment variable';

export function isMailAddress(value: unknown): value is string {
  return isLine(value) && value.length <= 254 && /^[^\s@<>()[\],;:"\\]+@[^\s@<>()[\],;:"\\]+$/.test(value);
}

export const EXPECTED_MAIL_ADDRESS = 'a mail address, like "name@example.org"';

export function isHostName(value: unknown): value is string {
  return isLine(value) && value.length <= 253 && /^[\p{L}\p{N}][\p{L}\p{N}.-]*$|^[0-9a-f:.]+$/iu.test(value);
}

export const EXPECTED_HOST = 'the name or address of a mail server';

export function isPort(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65_535;
}

export const EXPECTED_PORT = 'a whole number from 1 to 65535';

const SECURITIES = ['tls', 'starttls', 'none'] as const;
export type MailSecurity = (typeof SECURITIES)[number];

export function isMailSecurity(value: unknown): value is MailSecurity {
  return SECURITIES.some((security) => security === value);
}

export const EXPECTED_SECURITY = '"tls", "starttls" or "none"';

/** Without a user name and password, which would be secrets in a file. */
export function isWebAddress(value: unknown): value is string {
  if (!isLine(value) || !URL.canParse(value)) return false;
  const { protocol, username, password } = new URL(value);
  return (protocol === 'https:' || protocol === 'http:') && username === '' && password === '';
}

export const EXPECTED_WEB_ADDRESS = 'an address that starts with https:// or http://, without a user name or password';

export const MAX_OVERDUE_HOURS = 87_600;

export function isHourCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_OVERDUE_HOURS;
}

export const EXPECTED_HOUR_COUNT = `a whole number of hours from 0 to ${String(MAX_OVERDUE_HOURS)}`;
