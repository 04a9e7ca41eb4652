import type { Option } from './command.js';

/** For commands that look at what lies at a target. */
export const FROM_OPTIONS: Readonly<Record<string, Option>> = {
  from: {
    type: 'string',
    value: 'TARGET',
    description: 'a configured target, an absolute folder, or an rclone remote:path',
  },
  of: { type: 'string', value: 'NAME', description: 'with --from: which project, where several lie there' },
};
