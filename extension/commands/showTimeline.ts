import type { Command } from './command.js';
import { pickProject } from './pick.js';

export const showTimeline: Command = {
  name: 'showTimeline',
  writes: false,
  run: async (services, target) => {
    const { root } = await pickProject(services, target);
    services.timelines.show(root);
  },
};
