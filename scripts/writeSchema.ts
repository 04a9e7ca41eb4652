// Writes media/feature-backups.schema.json from the definition of the configuration: npm run schema
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { configurationSchema } from '../core/project/configurationSchema.js';

const path = fileURLToPath(new URL('../media/feature-backups.schema.json', import.meta.url));
writeFileSync(
  path,
  await format(JSON.stringify(configurationSchema()), { ...(await resolveConfig(path)), filepath: path }),
);
