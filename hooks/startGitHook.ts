import { join } from 'node:path';
import { loadBundle } from '../launch/loadBundle.js';
import { isNodeTooOld, NODE_TOO_OLD_STATUS } from '../launch/nodeVersion.js';

/** Defined by the bundler. */
declare const __FEATURE_BACKUPS_BUILD__: string;

// The entry point of the git hooks, kept small: it loads the bundle through the cache of compiled code.
if (isNodeTooOld()) process.exitCode = NODE_TOO_OLD_STATUS;
else loadBundle(join(import.meta.dirname, 'git-hook-main.cjs'), { build: __FEATURE_BACKUPS_BUILD__, require });
