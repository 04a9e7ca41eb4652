import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import Ajv from 'ajv';
import { describe, it } from 'mocha';
import { DEFAULT_CONFIGURATION } from '../../../core/project/configuration.js';
import { configurationSchema } from '../../../core/project/configurationSchema.js';
import { parseConfiguration } from '../../../core/project/parseConfiguration.js';
import { BackupError } from '../../../core/system/errors.js';

interface Sample {
  readonly key: string;
  /** The file's content with this value. */
  readonly fileWith: (value: unknown) => unknown;
  readonly valid: readonly unknown[];
  readonly invalid: readonly unknown[];
}

const NO_OBJECT = [null, [], 7, 'x'];
const NO_LIST = [null, {}, 7, 'x'];
const NO_TEXT = [null, {}, [], 7, true];

const COUNTS = { valid: [0, 20, 100_000], invalid: [-1, 100_001, 1.5, '20', null, [], true] };
const VARIABLES = {
  valid: ['A', '_a1', 'x'.repeat(128)],
  invalid: ['', '1a', 'a b', 'a-b', 'ä', 'x'.repeat(129), ...NO_TEXT],
};
const MAIL_ADDRESSES = {
  valid: ['a@b.c', 'root@localhost', 'ü+1@b.c'],
  invalid: ['', 'a', '@b', 'a@', 'a b@c', 'a@b@c', '<a@b>', 'a@b\nBcc: c@d', `a@${'b'.repeat(253)}`, ...NO_TEXT],
};
const USER_PATHS = {
  valid: ['/a', '~/a', '/ä b/c', '~/', `/${'a'.repeat(999)}`],
  invalid: ['', ' ', 'a', './a', '~', '~root/a', '/a\nb', '/a\0b', `/${'a'.repeat(1000)}`, ...NO_TEXT],
};
const SCHEDULES = {
  valid: ['', '@daily', '0 3 * * 0', '*/30 9-17 * * MON-FRI', ' 0  3 * * 0 ', '0 3 L * 5#2'],
  invalid: [' ', 'daily', '* * * *', '0 0 12 * * *', '? * * * *', '* * * * $(id)', '* * * *\n*', '@', ...NO_TEXT],
};

const MAIL = { from: 'a@b.c', to: ['d@e.f'], host: 'mail.example.org' };
const LOGIN = { user: 'me', passwordVariable: 'PASSWORD' };

const retention = (key: string): Sample => ({
  key: `retention.${key}`,
  fileWith: (value) => ({ retention: { [key]: value } }),
  ...COUNTS,
});
const schedule = (key: string): Sample => ({
  key: `schedule.${key}`,
  fileWith: (value) => ({ schedule: { [key]: value } }),
  ...SCHEDULES,
});
const email = (key: string, rest: object = {}) => ({
  key: `notifications.email.${key}`,
  fileWith: (value: unknown) => ({ notifications: { email: { ...MAIL, ...rest, [key]: value } } }),
});
const target = (key: string, rest: object) => ({
  key: `targets[].${key}`,
  fileWith: (value: unknown) => ({ targets: [{ ...rest, [key]: value }] }),
});
const top = (key: string) => ({ key, fileWith: (value: unknown) => ({ [key]: value }) });
const inside = (section: string, key: string) => ({
  key: `${section}.${key}`,
  fileWith: (value: unknown) => ({ [section]: { [key]: value } }),
});

const SAMPLES: readonly Sample[] = [
  { key: 'the whole file', fileWith: (value) => value, valid: [{}, { $schema: 'x' }], invalid: NO_OBJECT },
  { ...top('database'), valid: ['features.db', ' a/ü b.db'], invalid: ['', ' ', '\t', 'a\0b', ...NO_TEXT] },
  { ...top('store'), valid: ['.backups', '/srv/b', '../b'], invalid: ['', ' ', '\n', 'a\0b', ...NO_TEXT] },
  { ...top('strict'), valid: [true, false], invalid: ['true', 1, null] },
  { ...top('retention'), valid: [{}], invalid: NO_OBJECT },
  ...['keepLast', 'keepHourly', 'keepDaily', 'keepWeekly', 'keepEmergency'].map(retention),
  { ...top('compression'), valid: [{}], invalid: NO_OBJECT },
  { ...inside('compression', 'afterDays'), valid: [0, 36_500], invalid: [-1, 36_501, 0.5, '7', null] },
  { ...top('history'), valid: [{}], invalid: NO_OBJECT },
  {
    ...inside('history', 'maxBytes'),
    valid: [0, 1_048_576, 2 ** 40],
    invalid: [-1, 1, 1_048_575, 2 ** 40 + 1, 1_048_576.5, '0', null],
  },
  { ...top('schedule'), valid: [{}], invalid: NO_OBJECT },
  ...['backup', 'drill'].map(schedule),
  {
    ...top('targets'),
    valid: [[], [{ name: 'a', folder: '/a' }], [{ name: 'a', rclone: 'r:' }]],
    invalid: [...NO_LIST, [3], [{}], [{ name: 'a' }], [{ folder: '/a' }], [{ name: 'a', folder: '/a', rclone: 'r:' }]],
  },
  {
    ...target('name', { folder: '/a' }),
    valid: ['a', 'A_-9', 'x'.repeat(64)],
    invalid: ['', 'a b', 'ä', '../a', 'x'.repeat(65), ...NO_TEXT],
  },
  { ...target('folder', { name: 'a' }), ...USER_PATHS },
  {
    ...target('rclone', { name: 'a' }),
    valid: ['r:', 'gdrive:a/b', 'my drive:x', 'ünï+1@x.y_z-w:', 'r::', '数:'],
    invalid: ['', 'r', ':sftp:', ':sftp,ssh=x:', 'r,ssh="x":', '-v:', '--config=/x:', '/srv:', 'r=x:', 'r :', 'a$b:']
      .concat(['r:a\nb', `r:${'a'.repeat(999)}`])
      .concat(NO_TEXT as string[]),
  },
  {
    ...target('retention', { name: 'a', folder: '/a' }),
    valid: [{}, { keepLast: 0, keepDaily: 100_000 }],
    invalid: [...NO_OBJECT, { keepLast: -1 }, { keepDaily: 100_001 }],
  },
  { ...top('notifications'), valid: [{}], invalid: NO_OBJECT },
  {
    ...inside('notifications', 'email'),
    valid: [MAIL, { ...MAIL, ...LOGIN }, { ...MAIL, ...LOGIN, host: '127.0.0.1', security: 'none' }],
    invalid: [
      ...[...NO_OBJECT, {}],
      ...['from', 'to', 'host'].map((key) => ({ ...MAIL, [key]: undefined })),
      ...Object.entries(LOGIN).map(([key, value]) => ({ ...MAIL, [key]: value })),
      ...['mail.example.org', '127.0.0.1.example.org'].map((host) => ({ ...MAIL, ...LOGIN, security: 'none', host })),
    ],
  },
  { ...email('from'), ...MAIL_ADDRESSES },
  {
    ...email('to'),
    valid: [['a@b.c'], ['a@b.c', 'root@localhost']],
    invalid: [...NO_LIST, [], ...MAIL_ADDRESSES.invalid.map((address) => ['a@b.c', address])],
  },
  {
    ...email('host'),
    valid: ['localhost', 'smtp.example.org', 'ü.example', '::1', '10.0.0.1'],
    invalid: ['', ' ', 'h/x', 'a b', '-x', 'h.example:25', 'x'.repeat(254), ...NO_TEXT],
  },
  { ...email('port'), valid: [1, 65_535], invalid: [0, 65_536, 1.5, '25', null] },
  { ...email('security'), valid: ['tls', 'starttls', 'none'], invalid: ['ssl', '', 'TLS', ...NO_TEXT] },
  {
    ...email('user', { passwordVariable: 'P' }),
    valid: ['me', 'me@example.org', 'ü'],
    invalid: ['', ' ', 'a\nb', 'x'.repeat(1001), ...NO_TEXT],
  },
  { ...email('passwordVariable', { user: 'me' }), ...VARIABLES },
  { ...inside('notifications', 'webhooks'), valid: [[], [{ url: 'https://a.b' }]], invalid: [...NO_LIST, ['x'], [{}]] },
  {
    ...inside('notifications', 'ping'),
    valid: [{ url: 'https://a.b' }, { urlVariable: 'URL' }],
    invalid: [...NO_OBJECT, {}, { url: 'https://a.b', urlVariable: 'URL' }],
  },
  {
    key: 'notifications.ping.url',
    fileWith: (url) => ({ notifications: { ping: { url } } }),
    valid: ['https://a.b', 'http://localhost:8080/x?y#z', 'HTTPS://A.B/%20', 'https://a.b/@me', 'https://[::1]/'],
    invalid: [
      '',
      'a.b',
      'ftp://a.b',
      'file:///x',
      'https://',
      'https://me:secret@a.b',
      'https://me@a.b/x',
      'https://a.b\n',
    ]
      .concat(`https://a.b/${'x'.repeat(1000)}`)
      .concat(NO_TEXT as string[]),
  },
  {
    key: 'notifications.ping.urlVariable',
    fileWith: (urlVariable) => ({ notifications: { ping: { urlVariable } } }),
    ...VARIABLES,
  },
  { ...inside('notifications', 'overdueAfterHours'), valid: [0, 87_600], invalid: [-1, 87_601, 1.5, '24', null] },
  {
    ...top('projects'),
    valid: [[], USER_PATHS.valid],
    invalid: [...NO_LIST, ...USER_PATHS.invalid.map((path) => ['/a', path])],
  },
  {
    ...top('linkedDatabases'),
    valid: [[], [{ project: '/a', database: '~/b.db' }]],
    invalid: [...NO_LIST, ['x'], [{}], [{ project: '/a' }], [{ database: '/b.db' }]],
  },
  {
    key: 'linkedDatabases[].project',
    fileWith: (project) => ({ linkedDatabases: [{ project, database: '/b.db' }] }),
    ...USER_PATHS,
  },
  {
    key: 'linkedDatabases[].database',
    fileWith: (database) => ({ linkedDatabases: [{ project: '/a', database }] }),
    ...USER_PATHS,
  },
];

describe('the published schema of the configuration', () => {
  const schema = JSON.parse(readFileSync('media/feature-backups.schema.json', 'utf8')) as object;
  const isValid = compile(schema);

  it('matches the definition of the configuration; npm run schema writes it', () => {
    assert.deepEqual(schema, JSON.parse(JSON.stringify(configurationSchema())));
  });

  it('describes the format of a text in words, because editors otherwise show the pattern', () => {
    const patterns = [
      ...JSON.stringify(schema).matchAll(/"pattern":"(?:[^"\\]|\\.)*"(,"patternErrorMessage":"This )?/g),
    ];
    assert.ok(patterns.length > 10);
    assert.deepEqual(
      patterns.filter(([, words]) => words === undefined).map(([text]) => text),
      [],
    );
  });

  for (const { key, fileWith, valid, invalid } of SAMPLES) {
    it(`accepts and refuses the same values as the program: ${key}`, () => {
      const verdicts = [...valid, ...invalid].map((value) => {
        const file = JSON.stringify(fileWith(value));
        return { file, program: isAccepted(file), schema: isValid(JSON.parse(file)) };
      });
      const expected = verdicts.map(({ file }, index) => {
        const accepted = index < valid.length;
        return { file, program: accepted, schema: accepted };
      });
      assert.deepEqual(verdicts, expected);
    });
  }
});

describe('a new configuration file in the editor', () => {
  it('contains the defaults', () => {
    const source = readFileSync('extension/commands/openConfiguration.ts', 'utf8');
    const [, content = ''] = /INITIAL_CONTENT = `([^`]+)`/.exec(source) ?? [];
    const { retention } = JSON.parse(content) as { readonly retention: object };
    assert.deepEqual({ ...DEFAULT_CONFIGURATION.retention, ...retention }, DEFAULT_CONFIGURATION.retention);
  });
});

/** As editors do, it reads patterns with the flag `u`. */
function compile(schema: object): (value: unknown) => boolean {
  const ajv = new Ajv();
  ajv.removeKeyword('pattern');
  ajv.addKeyword('pattern', {
    compile: (pattern: string) => {
      const expression = new RegExp(pattern, 'u');
      return (value: unknown) => typeof value !== 'string' || expression.test(value);
    },
  });
  const validate = ajv.compile(schema);
  return (value) => validate(value) === true;
}

function isAccepted(text: string): boolean {
  try {
    parseConfiguration(text, {
      path: 'config.json',
      origin: 'user',
      home: '/home/me',
      onWarning: (warning) => assert.fail(warning),
    });
    return true;
  } catch (error) {
    if (error instanceof BackupError) return false;
    throw error;
  }
}
