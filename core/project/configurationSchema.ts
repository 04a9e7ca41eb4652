import { CONFIGURATION } from './configurationDefinition.js';
import { objectSchema } from './schema/jsonSchema.js';
import type { JsonSchema } from './schema/schema.js';

/** The content of media/feature-backups.schema.json, which `npm run schema` writes. */
export function configurationSchema(): JsonSchema {
  const { properties, ...keywords } = objectSchema(CONFIGURATION);
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Feature Backups',
    description:
      'Configuration of Feature Backups: .feature-backups.json in a project folder, or feature-backups/config.json in your configuration folder for all your projects.',
    ...keywords,
    allowComments: true,
    allowTrailingCommas: true,
    properties: {
      $schema: { type: 'string', description: 'The JSON schema of this file, for editors.' },
      ...(properties as JsonSchema),
    },
  };
}
