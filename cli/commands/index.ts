import type { Command } from '../command.js';

/** Every command, loaded only when it is the one that runs. In the order of the help. */
export const COMMANDS = {
  backup: async () => (await import('./backup.js')).backupCommand,
  list: async () => (await import('./list.js')).listCommand,
  status: async () => (await import('./status.js')).statusCommand,
  restore: async () => (await import('./restore.js')).restoreCommand,
  undo: async () => (await import('./undo.js')).undoCommand,
  compare: async () => (await import('./compare.js')).compareCommand,
  verify: async () => (await import('./verify.js')).verifyCommand,
  salvage: async () => (await import('./salvage.js')).salvageCommand,
  pin: async () => (await import('./pin.js')).pinCommand,
  unpin: async () => (await import('./unpin.js')).unpinCommand,
  cleanup: async () => (await import('./cleanup.js')).cleanupCommand,
  delete: async () => (await import('./delete.js')).deleteCommand,
  install: async () => (await import('./install.js')).installCommand,
  uninstall: async () => (await import('./uninstall.js')).uninstallCommand,
  connect: async () => (await import('./connect.js')).connectCommand,
  disconnect: async () => (await import('./disconnect.js')).disconnectCommand,
  tap: async () => (await import('./tap.js')).tapCommand,
  hook: async () => (await import('./hook.js')).hookCommand,
  mcp: async () => (await import('./mcp.js')).mcpCommand,
} as const satisfies Readonly<Record<string, () => Promise<Command>>>;

export type CommandName = keyof typeof COMMANDS;

export function isCommandName(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name);
}
