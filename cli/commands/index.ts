import type { Command } from '../command.js';

/** Every command, loaded only when it runs. */
export const COMMANDS = {
  backup: async () => (await import('./backup.js')).backupCommand,
  list: async () => (await import('./list.js')).listCommand,
  status: async () => (await import('./status.js')).statusCommand,
  check: async () => (await import('./check.js')).checkCommand,
  restore: async () => (await import('./restore.js')).restoreCommand,
  undo: async () => (await import('./undo.js')).undoCommand,
  compare: async () => (await import('./compare.js')).compareCommand,
  verify: async () => (await import('./verify.js')).verifyCommand,
  drill: async () => (await import('./drill.js')).drillCommand,
  salvage: async () => (await import('./salvage.js')).salvageCommand,
  pin: async () => (await import('./pin.js')).pinCommand,
  unpin: async () => (await import('./unpin.js')).unpinCommand,
  replicate: async () => (await import('./replicate.js')).replicateCommand,
  'follow-up': async () => (await import('./followUp.js')).followUpCommand,
  cleanup: async () => (await import('./cleanup.js')).cleanupCommand,
  acknowledge: async () => (await import('./acknowledge.js')).acknowledgeCommand,
  'start-over': async () => (await import('./startOver.js')).startOverCommand,
  delete: async () => (await import('./delete.js')).deleteCommand,
  projects: async () => (await import('./projects.js')).projectsCommand,
  vault: async () => (await import('./vault.js')).vaultCommand,
  forget: async () => (await import('./forget.js')).forgetCommand,
  unlock: async () => (await import('./unlock.js')).unlockCommand,
  setup: async () => (await import('./setup.js')).setupCommand,
  doctor: async () => (await import('./doctor.js')).doctorCommand,
  remove: async () => (await import('./remove.js')).removeCommand,
  watch: async () => (await import('./watch.js')).watchCommand,
  service: async () => (await import('./service.js')).serviceCommand,
  install: async () => (await import('./install.js')).installCommand,
  uninstall: async () => (await import('./uninstall.js')).uninstallCommand,
  connect: async () => (await import('./connect.js')).connectCommand,
  disconnect: async () => (await import('./disconnect.js')).disconnectCommand,
  tap: async () => (await import('./tap.js')).tapCommand,
  notify: async () => (await import('./notify.js')).notifyCommand,
  hook: async () => (await import('./hook.js')).hookCommand,
  mcp: async () => (await import('./mcp.js')).mcpCommand,
} as const satisfies Readonly<Record<string, () => Promise<Command>>>;

export type CommandName = keyof typeof COMMANDS;

export function isCommandName(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name);
}
