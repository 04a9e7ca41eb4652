import type { Command } from './command.js';

export const refresh: Command = {
  name: 'refresh',
  writes: false,
  run: async ({ projects }) => {
    await projects.refresh();
  },
};

export const refreshAllProjects: Command = {
  name: 'refreshAllProjects',
  writes: false,
  run: async ({ allProjects }) => {
    await allProjects.refresh();
  },
};

export const stopRefreshing: Command = {
  name: 'stopLooking',
  writes: false,
  run: ({ allProjects }) => {
    allProjects.stop();
  },
};
