import { BackupError } from '../../system/index.js';
import type { OpenImage } from '../openImage.js';
import type { RegisteredProject } from '../inspection.js';
import { quoteName, requireIntactTrees } from './featureTable.js';

/** AutoForge's table of projects. Ignores unknown columns and omits invalid rows. */
export function readRegistryTask(database: OpenImage): readonly RegisteredProject[] {
  requireIntactTrees(database);
  const table = database.firstRow(
    "SELECT name FROM sqlite_master WHERE lower(name) = 'projects' AND type = 'table' AND rootpage > 0",
  )?.[0];
  if (typeof table !== 'string') throw unexpectedSchema('has no table of projects');
  const columns = [...database.rows(`PRAGMA table_xinfo(${quoteName(table)})`)].map(([, name]) => String(name));
  const [name, path] = ['name', 'path'].map((key) => columns.find((column) => column.toLowerCase() === key));
  if (name === undefined || path === undefined)
    throw unexpectedSchema('has a table of projects without the expected columns');
  const rows = database.rows(
    `SELECT ${quoteName(name)}, ${quoteName(path)} FROM ${quoteName(table)} NOT INDEXED ORDER BY rowid LIMIT ${MAX_PROJECTS}`,
  );
  return [...rows].flatMap(([projectName, projectPath]) =>
    isShortText(projectName) && isShortText(projectPath) ? [{ name: projectName, path: projectPath }] : [],
  );
}

/** Far more than any real registry contains. */
const MAX_PROJECTS = 10_000;
const MAX_TEXT_LENGTH = 4096;

function isShortText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_TEXT_LENGTH;
}

function unexpectedSchema(what: string): BackupError {
  return new BackupError(`The database ${what}`, { code: 'database-damaged', operation: 'read the registry' });
}
