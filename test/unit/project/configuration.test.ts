import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { BackupError } from '../../../core/system/errors.js';
import { realPorts, type Ports } from '../../../core/system/ports.js';
import {
  DEFAULT_CONFIGURATION,
  readConfiguration,
  readUserConfiguration,
  userConfigurationPath,
} from '../../../core/project/configuration.js';
import { CONFIGURATION } from '../../../core/project/configurationDefinition.js';
import { parseConfiguration } from '../../../core/project/parseConfiguration.js';
import type { Properties, Property } from '../../../core/project/schema/schema.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('the configuration', () => {
  const folder = useTemporaryFolder();
  const warnings: string[] = [];
  beforeEach(() => {
    warnings.length = 0;
  });

  function read(environment: Ports['environment'] = {}, overrides = {}) {
    const ports: Ports = { ...realPorts(), environment, onWarning: (warning) => warnings.push(warning) };
    return readConfiguration(folder.path, ports, overrides);
  }

  function writeProject(text: string): string {
    const path = folder.join('.feature-backups.json');
    writeFileSync(path, text);
    return path;
  }

  function writeUser(text: string): Ports['environment'] {
    const path = folder.join('config', 'feature-backups', 'config.json');
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return { XDG_CONFIG_HOME: folder.join('config') };
  }

  it('is the defaults if nothing is configured', async () => {
    assert.deepEqual((await read()).configuration, DEFAULT_CONFIGURATION);
    writeProject('');
    assert.deepEqual((await read()).configuration, DEFAULT_CONFIGURATION);
  });

  it('prefers flags, then the environment, the project’s file, the user’s file and the defaults, key by key', async () => {
    const user = writeUser(
      '{"strict": true, "retention": {"keepLast": 1, "keepHourly": 1, "keepDaily": 1, "keepWeekly": 1}}',
    );
    writeProject('{"retention": {"keepLast": 2, "keepHourly": 2, "keepDaily": 2}}');
    const environment = { ...user, FEATURE_BACKUPS_KEEP_LAST: '3', FEATURE_BACKUPS_KEEP_HOURLY: '3' };
    const { configuration } = await read(environment, { retention: { keepLast: 4 } });
    const expected = { keepLast: 4, keepHourly: 3, keepDaily: 2, keepWeekly: 1, keepEmergency: 5 };
    assert.deepEqual(configuration.retention, expected);
    assert.equal(configuration.strict, true);
  });

  it('reads JSON with comments, trailing commas and a byte order mark', async () => {
    writeProject('\uFEFF{\n  // why\n  "strict": true, /* and */\n  "retention": { "keepLast": 3, },\n}\n');
    const { configuration } = await read();
    assert.equal(configuration.strict, true);
    assert.equal(configuration.retention.keepLast, 3);
  });

  it('reports every wrong value with file, line and key', async () => {
    const path = writeProject(
      '{\n  "strict": "yes",\n  "retention": {\n    "keepLast": -1,\n    "keepDaily": 1.5\n  },\n  "store": ""\n}',
    );
    const message = await messageOf(read());
    assert.match(message, new RegExp(`^${path}:2: strict must be true or false, not "yes"$`, 'm'));
    assert.match(message, new RegExp(`^${path}:4: retention\\.keepLast must be a whole number .*, not -1$`, 'm'));
    assert.match(message, new RegExp(`^${path}:5: retention\\.keepDaily `, 'm'));
    assert.match(message, new RegExp(`^${path}:7: store must be the path of a folder, not ""$`, 'm'));
  });

  it('only warns of unknown keys, with file and line, and applies the known ones', async () => {
    const path = writeProject('{\n  "strikt": true,\n  "retention": { "keepYearly": 1, "keepLast": 9 }\n}');
    const { configuration } = await read();
    assert.equal(configuration.retention.keepLast, 9);
    assert.deepEqual(warnings, [
      `${path}:2: unknown key "strikt" was ignored`,
      `${path}:3: unknown key "retention.keepYearly" was ignored`,
    ]);
  });

  it('refuses anything but a JSON object in a regular file, and one that is far too long or too deep', async () => {
    const deep = `{"targets": ${'['.repeat(100_000)}`;
    for (const text of ['{', '{"strict": tru}', '[]', 'null', '{"retention": 3}', `{}${' '.repeat(300_000)}`, deep]) {
      writeProject(text);
      assert.match(await messageOf(read()), /\.feature-backups\.json/, text.slice(0, 40));
    }
  });

  it('refuses wrong values in the environment, and treats an empty one as unset', async () => {
    assert.equal((await read({ FEATURE_BACKUPS_STRICT: 'TRUE' })).configuration.strict, true);
    assert.equal((await read({ FEATURE_BACKUPS_KEEP_LAST: '' })).configuration.retention.keepLast, 20);
    for (const value of ['-1', '1e3', ' 1', 'many', '100001']) {
      assert.match(await messageOf(read({ FEATURE_BACKUPS_KEEP_LAST: value })), /FEATURE_BACKUPS_KEEP_LAST/);
    }
    assert.match(await messageOf(read({ FEATURE_BACKUPS_STRICT: 'maybe' })), /FEATURE_BACKUPS_STRICT/);
  });

  it('reads numbers of days and bytes from the environment', async () => {
    const environment = { FEATURE_BACKUPS_COMPRESS_AFTER_DAYS: '0', FEATURE_BACKUPS_HISTORY_MAX_BYTES: '1048576' };
    writeProject('{"compression": {"afterDays": 3}, "history": {"maxBytes": 0}}');
    assert.equal((await read()).configuration.compression.afterDays, 3);
    assert.equal((await read()).configuration.history.maxBytes, 0);
    const { configuration } = await read(environment);
    assert.equal(configuration.compression.afterDays, 0);
    assert.equal(configuration.history.maxBytes, 1_048_576);
    for (const [name, value] of [
      ['FEATURE_BACKUPS_COMPRESS_AFTER_DAYS', '36501'],
      ['FEATURE_BACKUPS_HISTORY_MAX_BYTES', '1000'],
      ['FEATURE_BACKUPS_HISTORY_MAX_BYTES', '64 MB'],
    ] as const) {
      assert.match(await messageOf(read({ [name]: value })), new RegExp(name));
    }
  });

  it('accepts schedules from a project, and an empty one to disable the job', async () => {
    writeProject('{"schedule": {"backup": "*/30 9-17 * * MON-FRI"}}');
    const { schedule } = (await read()).configuration;
    assert.deepEqual(schedule, { backup: '*/30 9-17 * * MON-FRI', drill: '0 3 * * 0' });
    writeProject('{"schedule": {"drill": "", "backup": "@daily"}}');
    assert.deepEqual((await read()).configuration.schedule, { backup: '@daily', drill: '' });
    for (const wrong of ['daily', '* * * *', '0 0 12 * * *', '? * * * *', '* * * * $(id)', '* * * *\\n*']) {
      const path = writeProject(`{\n"schedule": {\n"backup": "${wrong}"}}`);
      assert.match(await messageOf(read()), new RegExp(`^${path}:3: schedule\\.backup must be a cron expression`));
    }
  });

  it('accepts targets, notifications and further projects in the user’s own file', async () => {
    const user = writeUser(OWN_FILE);
    const { configuration } = await read({ ...user, HOME: '/home/me' });
    assert.deepEqual(configuration.targets, [
      { name: 'disk', folder: '/home/me/copies', rclone: undefined, retention: { keepLast: 100 } },
      { name: 'cloud', folder: undefined, rclone: 'gdrive:backups/all', retention: {} },
    ]);
    assert.deepEqual(configuration.notifications, {
      email: {
        from: 'backups@example.org',
        to: ['me@example.org', 'you@example.org'],
        host: 'smtp.example.org',
        port: 465,
        security: 'tls',
        user: 'me',
        passwordVariable: 'MAIL_PASSWORD',
      },
      webhooks: [
        { url: 'https://example.org/hook', urlVariable: undefined },
        { url: undefined, urlVariable: 'CHAT_HOOK' },
      ],
      ping: { url: 'https://hc.example.org/abc', urlVariable: undefined },
      overdueAfterHours: 48,
    });
    assert.deepEqual(configuration.projects, ['/srv/shop', '/home/me/blog']);
    assert.deepEqual(configuration.linkedDatabases, [{ project: '/home/me/blog', database: '/mnt/disk/blog.db' }]);
    assert.deepEqual(warnings, []);
  });

  it('can be read without a project, from the user’s file and the environment', async () => {
    const user = writeUser('{"projects": ["/srv/shop"], "strict": true}');
    writeProject('{"strict": false}');
    const ports: Ports = { ...realPorts(), environment: { ...user, FEATURE_BACKUPS_KEEP_LAST: '3' } };
    const configuration = await readUserConfiguration(ports);
    assert.deepEqual(configuration.projects, ['/srv/shop']);
    assert.equal(configuration.strict, true);
    assert.equal(configuration.retention.keepLast, 3);
  });

  it('ignores with a warning the keys in a project’s file that decide where the backlog is sent', async () => {
    const user = writeUser('{"projects": ["/srv/shop"]}');
    const path = writeProject(
      '{\n"targets": [{"name": "evil", "folder": "/tmp"}],\n"notifications": {"ping": {"url": "https://evil.example"}},\n"projects": 7,\n"linkedDatabases": [{"project": "/srv/shop", "database": "/etc/passwd"}]\n}',
    );
    const { configuration } = await read(user);
    assert.deepEqual(configuration.targets, []);
    assert.deepEqual(configuration.notifications, DEFAULT_CONFIGURATION.notifications);
    assert.deepEqual(configuration.projects, ['/srv/shop']);
    assert.deepEqual(configuration.linkedDatabases, []);
    assert.deepEqual(
      warnings.map((warning) => warning.slice(0, warning.indexOf(' was'))),
      [`${path}:2: "targets"`, `${path}:3: "notifications"`, `${path}:4: "projects"`, `${path}:5: "linkedDatabases"`],
    );
    assert.match(warnings[0] ?? '', /only in your user configuration file.*send your backlog anywhere/);
  });

  it('refuses linked databases without both paths, and paths that depend on the working directory', async () => {
    await assertRefusedInUserFile([
      ['linkedDatabases', '{}', /:2: linkedDatabases must be a list of objects/],
      ['linkedDatabases', '[{"project": "/srv/shop"}]', /linkedDatabases\[0\]\.database is missing/],
      ['linkedDatabases', '[{"database": "/mnt/shop.db"}]', /linkedDatabases\[0\]\.project is missing/],
      [
        'linkedDatabases',
        '[{"project": "shop", "database": "/mnt/shop.db"}]',
        /linkedDatabases\[0\]\.project must be an absolute path/,
      ],
    ]);
  });

  it('refuses targets with neither or both locations, with a shared name, or that describe a program', async () => {
    const rest = '"folder": "/srv/copies"';
    await assertRefusedInUserFile([
      ['targets', '{"name": "a"}', /:2: targets must be a list of objects/],
      ['targets', '[{"name": "a"}]', /targets\[0\] needs either folder or rclone/],
      ['targets', `[{"name": "a", ${rest}, "rclone": "r:"}]`, /targets\[0\] needs either folder or rclone/],
      ['targets', `[{${rest}}]`, /targets\[0\]\.name is missing/],
      ['targets', `[{"name": "../a", ${rest}}]`, /targets\[0\]\.name must be/],
      ['targets', `[{"name": "a", ${rest}},\n{"name": "A", ${rest}}]`, /:3: targets\[1\] has the name of another/],
      ['targets', '[{"name": "a", "folder": "copies"}]', /targets\[0\]\.folder must be an absolute path/],
      ['targets', '[{"name": "a", "folder": "~root/x"}]', /targets\[0\]\.folder must be an absolute path/],
      ['targets', `[{"name": "a", ${rest}, "retention": {"keepLast": -1}}]`, /targets\[0\]\.retention\.keepLast/],
      ...['gdrive', '--config=/x:', '-v:', ':sftp,ssh=x:', 'r,ssh="x":', '/srv:', ''].map(
        (remote): [string, string, RegExp] => [
          'targets',
          `[{"name": "a", "rclone": ${JSON.stringify(remote)}}]`,
          /targets\[0\]\.rclone must be the name of an rclone remote/,
        ],
      ),
    ]);
  });

  it('refuses notifications that are incomplete, or would store or send a secret', async () => {
    const mail = '"from": "a@b.c", "to": ["d@e.f"], "host": "h"';
    const email = (text: string): string => `{"email": {${text}}}`;
    await assertRefusedInUserFile([
      ['notifications', '[]', /:2: notifications must be an object/],
      ['notifications', email('"from": "a@b.c", "host": "h"'), /notifications\.email needs at least one address/],
      [
        'notifications',
        email('"from": "a@b.c", "to": [], "host": "h"'),
        /notifications\.email needs at least one address/,
      ],
      ['notifications', email('"to": ["d@e.f"], "host": "h"'), /email\.from is missing/],
      ['notifications', email(`${mail}, "from": "a@b.c\\nBcc: x@y.z"`), /email\.from must be a mail address/],
      ['notifications', email(`${mail}, "to": ["d@e.f", "x"]`), /email\.to\[1\] must be a mail address/],
      ['notifications', email(`${mail}, "host": "h/x"`), /email\.host must be/],
      ['notifications', email(`${mail}, "port": 70000`), /email\.port must be/],
      ['notifications', email(`${mail}, "security": "ssl"`), /email\.security must be/],
      ['notifications', email(`${mail}, "user": "me"`), /email needs both user and passwordVariable, or neither/],
      ['notifications', email(`${mail}, "user": "me", "passwordVariable": "my password"`), /passwordVariable must be/],
      [
        'notifications',
        email(`${mail}, "user": "me", "passwordVariable": "P", "security": "none"`),
        /email would send the password unencrypted/,
      ],
      ['notifications', '{"webhooks": ["https://a.b"]}', /notifications\.webhooks\[0\] must be an object/],
      ['notifications', '{"webhooks": [{}]}', /notifications\.webhooks\[0\] needs either url or urlVariable/],
      ['notifications', '{"webhooks": [{"url": "file:///etc/passwd"}]}', /webhooks\[0\]\.url must be an address/],
      ['notifications', '{"ping": {"url": "https://me:secret@a.b"}}', /ping\.url must be an address/],
      ['notifications', '{"ping": {"url": "https://a.b", "urlVariable": "U"}}', /ping needs either url or/],
      ['notifications', '{"overdueAfterHours": -1}', /notifications\.overdueAfterHours must be/],
      ['projects', '["shop"]', /projects\[0\] must be an absolute path/],
    ]);
    const local = `{"notifications": ${email(`${mail}, "host": "127.0.0.1", "user": "me", "passwordVariable": "P", "security": "none"`)}}`;
    assert.equal((await read(writeUser(local))).configuration.notifications.email?.port, 25);
  });

  async function assertRefusedInUserFile(cases: readonly (readonly [string, string, RegExp])[]): Promise<void> {
    for (const [key, value, expected] of cases) {
      const user = writeUser(`{\n"${key}": ${value}\n}`);
      assert.match(await messageOf(read({ ...user, HOME: '/home/me' })), expected, value);
    }
  }

  it('refuses a path in the home folder if that is unknown', async () => {
    const user = writeUser('{"projects": ["~/shop"], "targets": [{"name": "a", "folder": "~/copies"}]}');
    const message = await messageOf(read(user));
    assert.match(message, /~\/shop cannot be resolved because HOME is not set/);
    assert.match(message, /~\/copies cannot be resolved because HOME is not set/);
  });

  it('finds the user’s file where each system keeps such files, and nowhere without a home', () => {
    assert.equal(userConfigurationPath({ HOME: '/h' }, 'linux'), '/h/.config/feature-backups/config.json');
    assert.equal(
      userConfigurationPath({ HOME: '/h', XDG_CONFIG_HOME: '/x' }, 'linux'),
      '/x/feature-backups/config.json',
    );
    assert.equal(
      userConfigurationPath({ HOME: '/h', XDG_CONFIG_HOME: 'relative' }, 'linux'),
      '/h/.config/feature-backups/config.json',
    );
    assert.equal(
      userConfigurationPath({ HOME: '/h' }, 'darwin'),
      '/h/Library/Application Support/feature-backups/config.json',
    );
    assert.equal(userConfigurationPath({ APPDATA: '/a', HOME: '/h' }, 'win32'), '/a/feature-backups/config.json');
    assert.equal(userConfigurationPath({}, 'linux'), undefined);
    assert.equal(userConfigurationPath({ HOME: '' }, 'darwin'), undefined);
  });

  it('reads the examples of its documentation without a warning', () => {
    const page = readFileSync('docs/configuration.md', 'utf8');
    const examples = [...page.matchAll(/```jsonc\n(.*?)```/gs)].map(([, text = '']) => text);
    assert.equal(examples.length, 2);
    const [project, user] = examples.map((text, index) =>
      parseConfiguration(text, {
        path: 'docs/configuration.md',
        origin: index === 0 ? 'project' : 'user',
        home: '/home/me',
        onWarning: (warning) => assert.fail(warning),
      }),
    );
    assert.ok(project?.retention !== undefined && project.schedule !== undefined);
    assert.ok(user?.targets !== undefined && user.notifications !== undefined && user.projects !== undefined);
    assert.deepEqual(user.linkedDatabases, [{ project: '/srv/agents/blog', database: '/mnt/ssd/blog.db' }]);
  });

  it('has the keys, defaults and environment variables that its documentation describes', () => {
    const page = readFileSync('docs/configuration.md', 'utf8');
    const rows = page.split('\n').filter((line) => line.startsWith('| `'));
    const cells = rows.map((row) => row.split(/(?<!\\) *\| */).slice(1, -1));
    for (const [key, property] of keysOf(CONFIGURATION)) {
      const documented = cells.find(([name]) => name === `\`${key}\``);
      assert.ok(documented, key);
      if (documented.length === 3) assert.equal(documented[1], documentedDefault(key, property), key);
    }
    const variables = keysOf(CONFIGURATION).flatMap(([key, { variable }]) =>
      variable === undefined ? [] : [[`\`${variable}\``, `\`${key}\``]],
    );
    const documented = cells.filter(([name]) => name?.startsWith('`FEATURE_BACKUPS_') === true);
    assert.deepEqual(documented.map(([name, text]) => [name, text?.split(':')[0]]).sort(), variables.sort());
  });
});

/** All keys as documented: those of targets, email and similar sections separately. */
function keysOf(properties: Properties, section = ''): readonly (readonly [string, Property])[] {
  return Object.entries(properties).flatMap(([key, property]) => {
    const { schema } = property;
    const inner = schema.kind === 'list' ? schema.item : schema;
    const own = [`${section}${key}`, property] as const;
    if (inner.kind === 'value') return [own];
    if (inner.kind === 'section') return [own, ...keysOf(inner.properties, `${key}.`)];
    // The rules in a target's retention are those of the project.
    const keys = Object.entries(inner.properties).filter(
      ([
        ,
        {
          schema: { kind },
        },
      ]) => kind !== 'section',
    );
    return [own, ...keysOf(Object.fromEntries(keys))];
  });
}

function documentedDefault(key: string, { schema, isRequired, default: value, defaultFrom }: Property): string {
  if (key === 'database') return 'see below';
  if (defaultFrom !== undefined) return 'by security';
  if (isRequired === true) return 'required';
  if (schema.kind === 'section') return key === 'notifications' ? 'none' : '';
  if (value === undefined || Array.isArray(value)) return 'none';
  if (value === '') return 'empty';
  return typeof value === 'string' ? `\`${value}\`` : JSON.stringify(value);
}

/** An example of each key that is valid only in the user's own file. */
const OWN_FILE = `{
  "targets": [
    { "name": "disk", "folder": "~/copies", "retention": { "keepLast": 100 } },
    { "name": "cloud", "rclone": "gdrive:backups/all" }
  ],
  "notifications": {
    "email": {
      "from": "backups@example.org",
      "to": ["me@example.org", "you@example.org"],
      "host": "smtp.example.org",
      "security": "tls",
      "user": "me",
      "passwordVariable": "MAIL_PASSWORD"
    },
    "webhooks": [{ "url": "https://example.org/hook" }, { "urlVariable": "CHAT_HOOK" }],
    "ping": { "url": "https://hc.example.org/abc" },
    "overdueAfterHours": 48
  },
  "projects": ["/srv/shop", "~/blog"],
  "linkedDatabases": [{ "project": "~/blog", "database": "/mnt/disk/blog.db" }]
}`;

async function messageOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => assert.fail('expected an error'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof BackupError, String(error));
  assert.equal(error.code, 'configuration');
  return error.message;
}
