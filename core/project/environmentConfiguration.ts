import { BackupError, type Ports } from '../system/index.js';
import { CONFIGURATION } from './configurationDefinition.js';
import type { ConfigurationLayer } from './project.js';
import type { Properties, Property, Values } from './schema/schema.js';

type Environment = Ports['environment'];

/** The settings in `FEATURE_BACKUPS_*`; an empty variable counts as unset. */
export function readEnvironment(environment: Environment): ConfigurationLayer {
  return layerOf(CONFIGURATION, environment);
}

/** `FEATURE_BACKUPS_STRICT`, even if other variables are invalid. */
export function readStrictFlag(environment: Environment): boolean | undefined {
  return layerOf({ strict: CONFIGURATION.strict }, environment).strict as boolean | undefined;
}

function layerOf(properties: Properties, environment: Environment): Values {
  const values: Record<string, unknown> = {};
  for (const [key, property] of Object.entries(properties)) {
    const { schema } = property;
    const value = schema.kind === 'section' ? layerOf(schema.properties, environment) : valueOf(property, environment);
    if (value !== undefined) values[key] = value;
  }
  return values;
}

function valueOf({ schema, variable }: Property, environment: Environment): unknown {
  const text = variable === undefined ? undefined : environment[variable];
  if (variable === undefined || text === undefined || text === '' || schema.kind !== 'value') return undefined;
  const value = schema.parse(text);
  if (schema.isValid(value)) return value;
  const expected = schema.expectedText ?? schema.expected;
  throw new BackupError(`The environment variable ${variable} must be ${expected}, not ${JSON.stringify(text)}`, {
    code: 'configuration',
    operation: 'read the environment',
    hint: `Correct ${variable} or unset it.`,
  });
}
