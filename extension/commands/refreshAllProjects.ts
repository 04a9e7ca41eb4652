import type { Command } from './command.js';

export const refreshAllProjects: Command = {
  name: 'refreshAllProjects',
  writes: false,
  run: async ({ allProjects }) => {
    await allProjects.refresh();
  },
};
