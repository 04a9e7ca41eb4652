import type { Command } from './command.js';
import { pickProject } from './pick.js';

/** The user says that a backlog with so few features is meant, so the warning stops. */
export const acceptShrinkage: Command = {
  name: 'acceptShrinkage',
  writes: false,
  run: async (services, target) => {
    const { root, overview } = await pickProject(services, target);
    await services.projects.accept(root, overview.live?.counts?.total ?? 0);
  },
};
