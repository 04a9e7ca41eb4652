import type { Command } from './command.js';

export const refresh: Command = {
  name: 'refresh',
  writes: false,
  run: async ({ projects }) => {
    await projects.refresh();
  },
};
