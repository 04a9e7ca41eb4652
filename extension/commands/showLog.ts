import type { Command } from './command.js';

export const showLog: Command = {
  name: 'showLog',
  writes: false,
  run: ({ log }) => {
    log.show();
  },
};
