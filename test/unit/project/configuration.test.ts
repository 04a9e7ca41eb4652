import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { BackupError } from '../../../core/errors.js';
import { realPorts, type Ports } from '../../../core/ports.js';
import {
  DEFAULT_CONFIGURATION,
  readConfiguration,
  userConfigurationPath,
} from '../../../core/project/configuration.js';
import { CONFIGURATION_KEYS, MAX_KEEP, RETENTION_KEYS } from '../../../core/project/configurationKeys.js';
import { environmentNameOf } from '../../../core/project/environmentConfiguration.js';
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

  it('is the defaults where nothing says otherwise', async () => {
    assert.deepEqual((await read()).configuration, DEFAULT_CONFIGURATION);
    writeProject('');
    assert.deepEqual((await read()).configuration, DEFAULT_CONFIGURATION);
  });

  it('takes flags over the environment over the project over the user over defaults, key by key', async () => {
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

  it('only warns of unknown keys, with file and line, and takes the known ones', async () => {
    const path = writeProject('{\n  "strikt": true,\n  "retention": { "keepYearly": 1, "keepLast": 9 }\n}');
    const { configuration } = await read();
    assert.equal(configuration.retention.keepLast, 9);
    assert.deepEqual(warnings, [
      `${path}:2: unknown key "strikt" was ignored`,
      `${path}:3: unknown key "retention.keepYearly" was ignored`,
    ]);
  });

  it('refuses what is not JSON, not an object, not a file, or far too long', async () => {
    for (const text of ['{', '{"strict": tru}', '[]', 'null', '{"retention": 3}', `{}${' '.repeat(300_000)}`]) {
      writeProject(text);
      assert.match(await messageOf(read()), /\.feature-backups\.json/, text.slice(0, 40));
    }
  });

  it('refuses wrong values in the environment, and takes an empty one for unset', async () => {
    assert.equal((await read({ FEATURE_BACKUPS_STRICT: 'TRUE' })).configuration.strict, true);
    assert.equal((await read({ FEATURE_BACKUPS_KEEP_LAST: '' })).configuration.retention.keepLast, 20);
    for (const value of ['-1', '1e3', ' 1', 'many', '100001']) {
      assert.match(await messageOf(read({ FEATURE_BACKUPS_KEEP_LAST: value })), /FEATURE_BACKUPS_KEEP_LAST/);
    }
    assert.match(await messageOf(read({ FEATURE_BACKUPS_STRICT: 'maybe' })), /FEATURE_BACKUPS_STRICT/);
  });

  it('names the environment variables after the keys', () => {
    assert.equal(environmentNameOf('keepLast'), 'FEATURE_BACKUPS_KEEP_LAST');
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

  it('is what the published schema says: the same keys, defaults and limits', () => {
    const schema: unknown = JSON.parse(readFileSync('media/feature-backups.schema.json', 'utf8'));
    const properties = propertiesOf(schema);
    assert.deepEqual(Object.keys(properties), [...CONFIGURATION_KEYS]);
    const retention = propertiesOf(properties.retention);
    assert.deepEqual(Object.keys(retention), [...RETENTION_KEYS]);
    for (const key of RETENTION_KEYS) {
      const { default: standard, minimum, maximum, type } = Object(retention[key]) as Record<string, unknown>;
      assert.deepEqual(
        [standard, minimum, maximum, type],
        [DEFAULT_CONFIGURATION.retention[key], 0, MAX_KEEP, 'integer'],
      );
    }
    const defaultOf = (key: string) => (Object(properties[key]) as Record<string, unknown>).default;
    assert.equal(defaultOf('store'), DEFAULT_CONFIGURATION.store);
    assert.equal(defaultOf('strict'), DEFAULT_CONFIGURATION.strict);
    assert.equal(defaultOf('database'), undefined);
  });
});

function propertiesOf(schema: unknown): Record<string, unknown> {
  assert.ok(
    typeof schema === 'object' && schema !== null && 'properties' in schema && 'additionalProperties' in schema,
  );
  assert.equal(schema.additionalProperties, false);
  return Object(schema.properties) as Record<string, unknown>;
}

async function messageOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => assert.fail('expected an error'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof BackupError, String(error));
  assert.equal(error.code, 'configuration');
  return error.message;
}
