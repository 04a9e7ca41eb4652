import {
  CRON,
  DATABASE_PATH,
  DAY_COUNT,
  HISTORY_SIZE,
  HOUR_COUNT,
  KEEP_COUNT,
  localHost,
  MAIL_ADDRESS,
  MAIL_HOST,
  MAIL_SECURITY,
  PORT,
  REMOTE,
  STORE_PATH,
  TARGET_NAME,
  USER_NAME,
  USER_PATH,
  VARIABLE_NAME,
  VAULT_SIZE,
  WEB_ADDRESS,
} from './configurationValues.js';
import {
  entry,
  list,
  optional,
  required,
  section,
  settings,
  withDefault,
  type Property,
  type Rule,
} from './schema/schema.js';
import { exactlyOne, FLAG, together } from './schema/values.js';

// The one definition of the configuration: types, defaults, messages, environment variables and
// media/feature-backups.schema.json (`npm run schema`) derive from it.

const MIB = 1024 * 1024;

const RETENTION = section({
  keepLast: withDefault(
    KEEP_COUNT,
    20,
    'Number of newest distinct database states to keep. Up to 8 more may remain until several are pruned at once.',
    { variable: 'FEATURE_BACKUPS_KEEP_LAST' },
  ),
  keepHourly: withDefault(KEEP_COUNT, 0, 'Number of hours with backups to keep the newest backup of.', {
    variable: 'FEATURE_BACKUPS_KEEP_HOURLY',
  }),
  keepDaily: withDefault(KEEP_COUNT, 7, 'Number of days with backups to keep the newest backup of.', {
    variable: 'FEATURE_BACKUPS_KEEP_DAILY',
  }),
  keepWeekly: withDefault(KEEP_COUNT, 4, 'Number of weeks with backups to keep the newest backup of.', {
    variable: 'FEATURE_BACKUPS_KEEP_WEEKLY',
  }),
  keepEmergency: withDefault(KEEP_COUNT, 5, 'Number of emergency backups to keep, counted in distinct states.', {
    variable: 'FEATURE_BACKUPS_KEEP_EMERGENCY',
  }),
});

const TARGET = entry(
  {
    name: required(TARGET_NAME, 'Unique name of this target in commands and messages.'),
    folder: optional(
      USER_PATH,
      'A folder on another disk or a mounted share: an absolute path, or a path that starts with ~/.',
    ),
    rclone: optional(REMOTE, 'An rclone remote with an optional path: remote:path.'),
    retention: withDefault(RETENTION, {}, 'Retention policy of this target. Missing rules are those of the project.'),
  },
  exactlyOne('folder', 'rclone'),
);

/** An address, or the environment variable that contains it if it is a secret. */
const ADDRESS = entry(
  {
    url: optional(WEB_ADDRESS, 'The URL.'),
    urlVariable: optional(VARIABLE_NAME, 'Environment variable that contains the URL, for a URL that is a secret.'),
  },
  exactlyOne('url', 'urlVariable'),
);

/** The registered ports: submission over TLS, submission, and plain SMTP. */
const MAIL_PORTS: ReadonlyMap<unknown, number> = new Map([
  ['tls', 465],
  ['starttls', 587],
]);
const PLAIN_PORT = 25;

const noPlaintextPassword: Rule = {
  problem: ({ values: { security, user, host } }) =>
    security === 'none' && user !== undefined && typeof host === 'string' && !localHost().test(host)
      ? 'would send the password unencrypted: security must be "tls" or "starttls" if there is a user'
      : undefined,
  json: () => ({
    if: { required: ['security', 'user'], properties: { security: { const: 'none' } } },
    then: {
      properties: {
        host: {
          pattern: localHost().source,
          patternErrorMessage: 'This would send the password unencrypted: set security to "tls" or "starttls".',
        },
      },
    },
  }),
};

const EMAIL = entry(
  {
    from: required(MAIL_ADDRESS, 'Address of the sender.'),
    to: required(list(MAIL_ADDRESS, { ifEmpty: 'needs at least one address in "to"' }), 'Addresses of the recipients.'),
    host: required(MAIL_HOST, 'SMTP server. Its certificate is verified.'),
    security: withDefault(
      MAIL_SECURITY,
      'starttls',
      'tls: encrypted from the start. starttls: encrypted before the message is sent, or not sent at all. none: not encrypted.',
    ),
    port: portBySecurity('Port of the SMTP server. Default: 465 for tls, 587 for starttls, 25 for none.'),
    user: optional(USER_NAME, 'User name for the login. Requires passwordVariable.'),
    passwordVariable: optional(
      VARIABLE_NAME,
      'Environment variable that contains the password. The password itself is never stored in this file.',
    ),
  },
  together('user', 'passwordVariable'),
  noPlaintextPassword,
);

function portBySecurity(description: string): Property<typeof PORT, never> {
  return { schema: PORT, description, defaultFrom: ({ security }) => MAIL_PORTS.get(security) ?? PLAIN_PORT };
}

const LINKED_DATABASE = entry({
  project: required(USER_PATH, 'Folder of the project: an absolute path, or a path that starts with ~/.'),
  database: required(
    USER_PATH,
    "Database file that the project's link points to: an absolute path, or a path that starts with ~/.",
  ),
});

export const CONFIGURATION = {
  database: optional(
    DATABASE_PATH,
    'Path of the live database, relative to the project and inside it. Default: the first existing file of .autoforge/features.db, .autocoder/features.db and features.db.',
    { variable: 'FEATURE_BACKUPS_DATABASE' },
  ),
  store: withDefault(
    STORE_PATH,
    '.feature_backups',
    'Folder of the store, relative to the project and inside it. Your own configuration may name a folder elsewhere, in which every project gets its own folder.',
    { variable: 'FEATURE_BACKUPS_STORE' },
  ),
  retention: settings(
    RETENTION,
    'Retention policy: which backups to keep. 0 disables a rule. Pinned backups and the newest verified backup are always kept.',
  ),
  strict: withDefault(FLAG, false, 'Whether a failed backup also stops the commit or tool call.', {
    variable: 'FEATURE_BACKUPS_STRICT',
  }),
  compression: settings(
    section({
      afterDays: withDefault(DAY_COUNT, 7, 'Compress backups older than this many days (.db.gz). 0 = never.', {
        variable: 'FEATURE_BACKUPS_COMPRESS_AFTER_DAYS',
      }),
    }),
    'Compression of older backups. Compressed backups are listed, verified, compared and restored like any other.',
  ),
  history: settings(
    section({
      maxBytes: withDefault(
        HISTORY_SIZE,
        64 * MIB,
        "Maximum size of a project's history in bytes, at least 1 MiB. The oldest states are removed first. 0 = no history.",
        { variable: 'FEATURE_BACKUPS_HISTORY_MAX_BYTES' },
      ),
    }),
    'The history, into which pruned backups are archived.',
  ),
  schedule: settings(
    section({
      backup: withDefault(CRON, '', 'Schedule of additional backups. Empty = none.'),
      drill: withDefault(
        CRON,
        '0 3 * * 0',
        'Schedule of drills, which test that backups can be restored. Empty = none.',
      ),
    }),
    'Schedules as cron expressions with five fields, or @daily and similar, in local time. The watcher runs them, and so does VS Code while it is open.',
  ),
  vault: withDefault(
    FLAG,
    true,
    'Whether a copy of every backup is also kept in your own data folder, outside the project. It survives the deletion of the project.',
    { isUserOnly: true },
  ),
  vaultLimits: settings(
    section({
      projectBytes: withDefault(VAULT_SIZE, 256 * MIB, 'Maximum size of the copies of one project, in bytes.'),
      totalBytes: withDefault(VAULT_SIZE, 1024 * MIB, 'Maximum size of the whole vault, in bytes.'),
    }),
    'Size limits of the vault. Copies that a target also contains are removed first, then the oldest. The last verified backup of each project is always kept.',
    { isUserOnly: true },
  ),
  targets: withDefault(
    list(TARGET, { distinct: { key: 'name', problem: (name) => `has the name of another target: ${name}` } }),
    [],
    'Folders or rclone remotes that receive a copy of every backup.',
    { isUserOnly: true },
  ),
  notifications: settings(
    section({
      email: optional(EMAIL, 'Email over SMTP.'),
      webhooks: withDefault(list(ADDRESS), [], 'URLs that receive JSON by POST.'),
      ping: optional(
        ADDRESS,
        'A URL in the style of Healthchecks: requested if there are no problems, and with /fail appended if there are.',
      ),
      overdueAfterHours: withDefault(
        HOUR_COUNT,
        24,
        'Hours after which a change without a backup is a problem. 0 = never.',
      ),
    }),
    'Notifications when a problem occurs and when it is resolved.',
    { isUserOnly: true },
  ),
  projects: withDefault(
    list(USER_PATH),
    [],
    'Folders of additional projects for commands that run on all projects: absolute paths, or paths that start with ~/.',
    { isUserOnly: true },
  ),
  linkedDatabases: withDefault(
    list(LINKED_DATABASE),
    [],
    'Databases outside their project that a link in the project points to. A link without an entry is refused.',
    { isUserOnly: true },
  ),
} as const;
