import { BackupError } from '../system/index.js';
import { CONFIGURATION } from './configurationDefinition.js';
import type { ConfigurationLayer } from './project.js';
import type { PathOrigin } from './safePaths.js';
import { ConfigurationDocument } from './schema/document.js';
import { readObject } from './schema/readObject.js';

interface Source {
  readonly path: string;
  /** A project's file cannot configure targets or notifications, which receive the backlog. */
  readonly origin: PathOrigin;
  /** Replaces `~` in paths. */
  readonly home: string | undefined;
  readonly onWarning: ((warning: string) => void) | undefined;
}

/**
 * Reads JSON with comments. Throws all wrong values together as one `configuration` error with file, line and key.
 * Unknown keys are only warned about, so that an older version can read a newer file.
 */
export function parseConfiguration(text: string, source: Source): ConfigurationLayer {
  const { path, origin, home, onWarning } = source;
  const userOnlyReason = origin === 'project' ? USER_ONLY_REASON : undefined;
  return parse(new ConfigurationDocument(text, path, onWarning), { home, userOnlyReason });
}

/** The `strict` of a file, even if its other values are wrong. Throws `configuration` if this value cannot be read. */
export function parseStrictness(text: string, path: string): boolean | undefined {
  return parse(new ConfigurationDocument(text, path, undefined), { home: undefined, only: 'strict' }).strict;
}

function parse(
  document: ConfigurationDocument,
  options: Omit<Parameters<typeof readObject>[3], 'ignoredKey'>,
): ConfigurationLayer {
  const tree = document.parse();
  const layer =
    tree === undefined ? {} : readObject(tree, CONFIGURATION, document, { ...options, ignoredKey: '$schema' });
  const { problems, path } = document;
  if (problems.length === 0) return layer;
  throw new BackupError(problems.join('\n'), {
    code: 'configuration',
    operation: 'read the configuration',
    path,
    hint: 'Correct the file; its keys are described in docs/configuration.md.',
  });
}

const USER_ONLY_REASON =
  'it is valid only in your user configuration file, because a project’s file could send your backlog anywhere or reach your other files';
