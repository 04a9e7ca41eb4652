import type { Command } from './command.js';

/** Ends a look at all projects that takes too long. */
export const stopLooking: Command = {
  name: 'stopLooking',
  writes: false,
  run: ({ allProjects }) => {
    allProjects.stop();
  },
};
