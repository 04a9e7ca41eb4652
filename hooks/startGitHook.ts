import { join } from 'node:path';
import { loadBundle } from '../launch/loadBundle.js';

/** Put in by the bundler. */
declare const __FEATURE_BACKUPS_BUILD__: string;

// The git hooks' first file, as small as can be: compiling the bundle takes half as long as starting node.
loadBundle(join(import.meta.dirname, 'git-hook-main.cjs'), { build: __FEATURE_BACKUPS_BUILD__, require });
