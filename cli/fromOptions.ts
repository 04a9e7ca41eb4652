import type { Option } from './command.js';

/** For commands that read from a target. */
export const FROM_OPTIONS: Readonly<Record<string, Option>> = {
  from: {
    type: 'string',
    value: 'TARGET',
    description: 'read from a target: its name, an absolute folder, or an rclone remote:path',
  },
  of: { type: 'string', value: 'NAME', description: 'with --from: the project, if the target contains several' },
};
