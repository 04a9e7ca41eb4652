import { isAbsolute, join } from 'node:path';
import { choice, text, wholeNumber } from './schema/values.js';

// Patterns apply to the whole text, and \P{Cc} is any character that fits on one line. Each is created when it is first
// needed, because parsing a pattern with Unicode properties takes a quarter of a millisecond.
const MAX_TEXT = 1000;

const path = () => /^[^\0]*[^\0\s][^\0]*$/u;
export const DATABASE_PATH = text('a path inside the project', { pattern: path });
export const STORE_PATH = text('the path of a folder', { pattern: path });

/** A path that does not depend on the working directory. */
export const USER_PATH = text('an absolute path, or one that begins with ~/', {
  pattern: () => /^(?:~[/\\]|[/\\]|[A-Za-z]:[/\\])\P{Cc}*$/u,
  maxLength: MAX_TEXT,
  check: (path) => path.startsWith('~') || isAbsolute(path),
  convert: (path, home) => {
    if (!path.startsWith('~')) return path;
    return home !== undefined && isAbsolute(home) ? join(home, path.slice(2)) : undefined;
  },
});

export const KEEP_COUNT = wholeNumber({ min: 0, max: 100_000 });
/** At most a hundred years. */
export const DAY_COUNT = wholeNumber({ min: 0, max: 36_500 }, 'of days ');
/** At most ten years. */
export const HOUR_COUNT = wholeNumber({ min: 0, max: 87_600 }, 'of hours ');
/** Less than 1 MiB is too small for a single segment of most projects. */
export const HISTORY_SIZE = wholeNumber({ min: 2 ** 20, max: 2 ** 40, orZero: true }, 'of bytes ');

export const VAULT_SIZE = wholeNumber({ min: 2 ** 20, max: 2 ** 40 }, 'of bytes ');

/** A rough check: a nickname, or five fields. `core/schedule` parses the expression. */
export const CRON = text('a cron expression of five fields, @daily or the like, or "" for never', {
  pattern: () => /^(?:|\p{Zs}*(?:@[A-Za-z]+|[\w*,/#+-]+(?: +[\w*,/#+-]+){4})\p{Zs}*)$/u,
  maxLength: MAX_TEXT,
  convert: (expression) => expression.trim(),
});

export const TARGET_NAME = text('at most 64 letters, digits, - and _', { pattern: () => /^[A-Za-z0-9_-]{1,64}$/u });

/**
 * A remote in rclone's configuration, with an optional path. Remotes that are defined inline (`:sftp,ssh=…:`) are
 * refused: they can name programs to run, and contain passwords that messages would show.
 */
export const REMOTE = text('the name of an rclone remote with an optional path, like "remote:path"', {
  pattern: () => /^[\p{L}\p{N}_.+@][\p{L}\p{N}_.+@ -]*(?<! ):\P{Cc}*$/u,
  maxLength: MAX_TEXT,
});

export function isRemote(value: unknown): value is string {
  return REMOTE.isValid(value);
}

export const VARIABLE_NAME = text('the name of an environment variable', { pattern: () => /^[A-Za-z_]\w{0,127}$/u });

export const MAIL_ADDRESS = text('a mail address, like "name@example.org"', {
  pattern: () => /^[^\s\p{Cc}@<>()[\],;:"\\]+@[^\s\p{Cc}@<>()[\],;:"\\]+$/u,
  maxLength: 254,
});

export const MAIL_HOST = text('the name or address of a mail server', {
  pattern: () => /^(?:[\p{L}\p{N}][\p{L}\p{N}.-]*|[0-9A-Fa-f:.]+)$/u,
  maxLength: 253,
});

export const localHost = () => /^(?:localhost|::1|127(?:\.\d{1,3}){3})$/u;

export const PORT = wholeNumber({ min: 1, max: 65_535 });

export const MAIL_SECURITY = choice('tls', 'starttls', 'none');

export const USER_NAME = text('some text on one line', { pattern: () => /^(?=.*\S)\P{Cc}+$/u, maxLength: MAX_TEXT });

/** A user name or password in the address would be a secret in the file. */
export const WEB_ADDRESS = text(
  'an address that begins with https:// or http:// and contains no user name or password',
  {
    pattern: () => /^\p{Zs}*[Hh][Tt][Tt][Pp][Ss]?:[/\\]*[^/\\?#@\p{Cc}]+(?:[/\\?#]\P{Cc}*)?$/u,
    maxLength: MAX_TEXT,
    check: (address) => {
      if (!URL.canParse(address)) return false;
      const { protocol, username, password } = new URL(address);
      return (protocol === 'https:' || protocol === 'http:') && username === '' && password === '';
    },
  },
);
