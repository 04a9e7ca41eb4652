import { BackupError } from '../system/index.js';
import {
  CONFIGURATION_KEYS,
  EXPECTED_DAY_COUNT,
  EXPECTED_HISTORY_SIZE,
  isDayCount,
  isHistorySize,
  isPathText,
  type ConfigurationLayer,
} from './configurationKeys.js';
import { ConfigurationDocument } from './parsing/document.js';
import { readLinkedDatabases } from './parsing/linkedDatabases.js';
import { readNotifications } from './parsing/notificationPolicy.js';
import { ObjectReader } from './parsing/objectReader.js';
import { readTargets } from './parsing/replicationTargets.js';
import { readRetention } from './parsing/retentionPolicy.js';
import { EXPECTED_CRON, EXPECTED_OWN_PATH, isCronText, isFlag, isOwnPath, withHome } from './parsing/values.js';
import type { PathOrigin } from './safePaths.js';
import type { CompressionPolicy, HistoryPolicy, SchedulePolicy } from './project.js';

interface Source {
  readonly path: string;
  /** A project's file must not decide where a backlog is sent. */
  readonly origin: PathOrigin;
  /** Replaces `~`. */
  readonly home: string | undefined;
  readonly onWarning: ((warning: string) => void) | undefined;
}

/**
 * Parses JSON with comments. Throws all invalid values in one `configuration` error with file, line and key. Unknown keys
 * are warnings, so an older version can read a newer file.
 */
export function parseConfiguration(text: string, source: Source): ConfigurationLayer {
  const document = new ConfigurationDocument(text, source.path, source.onWarning ?? (() => undefined));
  const tree = document.parse();
  const layer = tree === undefined ? {} : readLayer(new ObjectReader(document, tree, '', CONFIGURATION_KEYS), source);
  if (document.problems.length > 0) throw wrongConfiguration(document, source.path);
  return layer;
}

/** Reads `strict` even if other values are invalid. Throws `configuration` if `strict` itself cannot be read. */
export function parseStrictness(text: string, path: string): boolean | undefined {
  const document = new ConfigurationDocument(text, path, () => undefined);
  const tree = document.parse();
  const strict = tree && readStrictness(new ObjectReader(document, tree, '', CONFIGURATION_KEYS));
  if (document.problems.length > 0) throw wrongConfiguration(document, path);
  return strict;
}

function readStrictness(file: ObjectReader): boolean | undefined {
  return file.value('strict', isFlag, 'true or false');
}

function wrongConfiguration({ problems }: ConfigurationDocument, path: string): BackupError {
  return new BackupError(problems.join('\n'), {
    code: 'configuration',
    operation: 'read the configuration',
    path,
    hint: 'Correct the file. docs/configuration.md describes its keys.',
  });
}

/** Keys that decide where a backlog is sent or stored, or that affect other projects. */
const USER_ONLY = ['targets', 'notifications', 'projects', 'linkedDatabases'] as const;

function readLayer(file: ObjectReader, { origin, home }: Source): ConfigurationLayer {
  if (origin === 'project') for (const key of USER_ONLY) file.ignore(key, USER_ONLY_REASON);
  return {
    database: file.value('database', isPathText, 'a path inside the project'),
    store: file.value('store', isPathText, 'the path of a folder'),
    retention: readRetention(file),
    strict: readStrictness(file),
    compression: readCompression(file),
    history: readHistory(file),
    schedule: readSchedule(file),
    targets: readTargets(file, home),
    notifications: readNotifications(file),
    projects: readProjects(file, home),
    linkedDatabases: readLinkedDatabases(file, home),
  };
}

const USER_ONLY_REASON =
  'it is valid only in your own configuration file, because a project’s file could send your backlog anywhere or read your other files';

export const COMPRESSION_KEYS = ['afterDays'] as const satisfies readonly (keyof CompressionPolicy)[];
export const HISTORY_KEYS = ['maxBytes'] as const satisfies readonly (keyof HistoryPolicy)[];
export const SCHEDULE_KEYS = ['backup', 'drill'] as const satisfies readonly (keyof SchedulePolicy)[];

function readCompression(file: ObjectReader): Partial<CompressionPolicy> | undefined {
  const afterDays = file.object('compression', COMPRESSION_KEYS)?.value('afterDays', isDayCount, EXPECTED_DAY_COUNT);
  return afterDays === undefined ? undefined : { afterDays };
}

function readHistory(file: ObjectReader): Partial<HistoryPolicy> | undefined {
  const maxBytes = file.object('history', HISTORY_KEYS)?.value('maxBytes', isHistorySize, EXPECTED_HISTORY_SIZE);
  return maxBytes === undefined ? undefined : { maxBytes };
}

function readSchedule(file: ObjectReader): Partial<SchedulePolicy> | undefined {
  const reader = file.object('schedule', SCHEDULE_KEYS);
  if (reader === undefined) return undefined;
  const schedule: { -readonly [Key in keyof SchedulePolicy]?: string } = {};
  for (const key of SCHEDULE_KEYS) {
    const expression = reader.value(key, isCronText, EXPECTED_CRON);
    if (expression !== undefined) schedule[key] = expression.trim();
  }
  return schedule;
}

function readProjects(file: ObjectReader, home: string | undefined): readonly string[] | undefined {
  return file.values('projects', isOwnPath, EXPECTED_OWN_PATH)?.flatMap((path) => {
    const folder = withHome(path, home);
    if (folder === undefined) file.refuse(`cannot resolve ${path}: HOME is not set`, 'projects');
    return folder ?? [];
  });
}
