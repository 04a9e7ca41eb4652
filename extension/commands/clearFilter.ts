import type { Command } from './command.js';

export const clearFilter: Command = {
  name: 'clearFilter',
  writes: false,
  run: ({ tree }) => {
    tree.filter = '';
  },
};
