import type { Command } from './command.js';
import { setPinned } from './pin.js';

export const unpin: Command = {
  name: 'unpin',
  writes: true,
  run: (services, target) => setPinned(services, target, false),
};
