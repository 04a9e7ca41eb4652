/** Every name that the code and package.json share; a test compares both. */

/** Commands in the palette, menus and key bindings. */
export const COMMANDS = {
  backUpNow: 'featureBackups.backUpNow',
  restore: 'featureBackups.restore',
  restoreLastGood: 'featureBackups.restoreLastGood',
  restoreFromVault: 'featureBackups.restoreFromVault',
  restoreAtCommit: 'featureBackups.restoreAtCommit',
  restoreAtTime: 'featureBackups.restoreAtTime',
  restoreSelectedFeatures: 'featureBackups.restoreSelectedFeatures',
  undoLastRestore: 'featureBackups.undoLastRestore',
  salvage: 'featureBackups.salvage',
  compareWithCurrent: 'featureBackups.compareWithCurrent',
  compareWithPrevious: 'featureBackups.compareWithPrevious',
  compareTwo: 'featureBackups.compareTwo',
  openBackup: 'featureBackups.openBackup',
  verify: 'featureBackups.verify',
  verifyAll: 'featureBackups.verifyAll',
  pin: 'featureBackups.pin',
  unpin: 'featureBackups.unpin',
  delete: 'featureBackups.delete',
  cleanUp: 'featureBackups.cleanUp',
  revealInFileExplorer: 'featureBackups.revealInFileExplorer',
  copyPath: 'featureBackups.copyPath',
  copyId: 'featureBackups.copyId',
  filter: 'featureBackups.filter',
  clearFilter: 'featureBackups.clearFilter',
  refresh: 'featureBackups.refresh',
  acceptShrinkage: 'featureBackups.acceptShrinkage',
  startOver: 'featureBackups.startOver',
  showActions: 'featureBackups.showActions',
  showBackups: 'featureBackups.showBackups',
  showTimeline: 'featureBackups.showTimeline',
  installGitHook: 'featureBackups.installGitHook',
  connectAgent: 'featureBackups.connectAgent',
  showLog: 'featureBackups.showLog',
  openConfiguration: 'featureBackups.openConfiguration',
  openSettings: 'featureBackups.openSettings',
  drill: 'featureBackups.drill',
  replicate: 'featureBackups.replicate',
  showAllProjects: 'featureBackups.showAllProjects',
  refreshAllProjects: 'featureBackups.refreshAllProjects',
  stopLooking: 'featureBackups.stopLooking',
  backUpAllProjects: 'featureBackups.backUpAllProjects',
  verifyAllProjects: 'featureBackups.verifyAllProjects',
  openProject: 'featureBackups.openProject',
  revealProject: 'featureBackups.revealProject',
} as const;

export type CommandName = keyof typeof COMMANDS;

export const VIEWS = {
  container: 'featureBackups',
  backups: 'featureBackups.backups',
  allProjects: 'featureBackups.allProjects',
} as const;

/** The view type of the timeline. */
export const TIMELINE_VIEW = 'featureBackups.timeline';

/** The provider of MCP servers. */
export const MCP_PROVIDER = 'featureBackups.server';

/** Set with `setContext`, for `when` clauses in package.json. */
export const CONTEXT_KEYS = {
  /** One of `ViewState`. */
  state: 'featureBackups.state',
  isFiltered: 'featureBackups.isFiltered',
  hasBackups: 'featureBackups.hasBackups',
  canUndo: 'featureBackups.canUndo',
  isDamaged: 'featureBackups.isDamaged',
  isShrunk: 'featureBackups.isShrunk',
  /** The project of an open folder was deleted, but is in the vault. */
  isDeleted: 'featureBackups.isDeleted',
} as const;

/** Context keys of the list of all projects. */
export const ALL_PROJECTS_KEYS = {
  /** One of `AllProjectsState`. */
  state: 'featureBackups.allProjects.state',
  isLooking: 'featureBackups.allProjects.isLooking',
} as const;

/** `failed`: the projects could not be listed. */
export type AllProjectsState = 'loading' | 'none' | 'failed' | 'listed';

export type ViewState = 'loading' | 'noFolder' | 'noDatabase' | 'noBackups' | 'listed';

/** Settings, without the leading `featureBackups.`, with their defaults. */
export const SETTINGS = {
  'watch.enabled': true,
  'watch.quietSeconds': 3,
  'watch.maximumSeconds': 60,
  'watch.pollSeconds': 3,
  'warnings.unsavedMinutes': 10,
  'warnings.shrinkage': true,
  'notifications.damage': true,
  'notifications.failedBackups': true,
  'notifications.failedDrills': true,
  'notifications.failedCopies': true,
  'notifications.overdueBackups': true,
  runSchedules: true,
  'statusBar.enabled': true,
  'engine.timeLimitSeconds': 120,
} as const satisfies Readonly<Record<string, boolean | number>>;

export type SettingName = keyof typeof SETTINGS;
export type SettingValue<Name extends SettingName> = (typeof SETTINGS)[Name] extends boolean ? boolean : number;

export const SECTION = 'featureBackups';

/** URI scheme of virtual documents that show a backlog. */
export const DOCUMENT_SCHEME = 'feature-backups';

/** URI scheme of virtual documents that preview a set-up. */
export const PREVIEW_SCHEME = 'feature-backups-preview';
