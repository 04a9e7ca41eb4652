import * as vscode from 'vscode';
import type { ProjectState } from '../model/projectState.js';
import { onSettingsChange, setting } from '../settings.js';
import { findCandidates, watchForProjects, type Candidate } from './discovery.js';
import { TrackedProject, type TrackingServices } from './trackedProject.js';

/** The projects of this window. Other parts read `states` and listen to `onDidChange`. */
export class Projects implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly tracked = new Map<string, TrackedProject>();
  private readonly subscriptions: vscode.Disposable;
  /** Projects that a command is restoring. */
  private readonly restoring = new Set<string>();
  private discovering: Promise<void> | undefined;
  private hasDiscovered = false;

  readonly onDidChange = this.changed.event;

  constructor(private readonly services: Omit<TrackingServices, 'onChange'>) {
    this.subscriptions = vscode.Disposable.from(
      this.changed,
      watchForProjects(() => this.absentRoots(), {
        onFound: () => void this.discover(),
        onConfiguration: () => void this.refresh(),
      }),
      vscode.workspace.onDidGrantWorkspaceTrust(() => void this.refresh()),
      onSettingsChange(() => {
        this.changed.fire();
        // The limit for unsaved changes may have changed.
        void this.refreshAll();
      }),
    );
  }

  /** False until every folder has been checked once. */
  get isLoaded(): boolean {
    return this.hasDiscovered;
  }

  get states(): readonly ProjectState[] {
    return this.all().map(({ state }) => (setting('warnings.shrinkage') ? state : withoutShrinkage(state)));
  }

  /** The folders whose project was deleted, but is in the vault. */
  get deleted(): readonly ProjectState[] {
    return [...this.tracked.values()].map(({ state }) => state).filter(({ deleted }) => deleted !== undefined);
  }

  /** Whether this window has a project in this folder. */
  has(root: string): boolean {
    return this.tracked.get(root)?.isProject === true;
  }

  /** Does nothing if this window does not have the project. */
  async refreshProject(root: string): Promise<void> {
    await this.tracked.get(root)?.refresh();
  }

  /** Whether a command is restoring this project and will report the result itself. */
  isBeingRestored(root: string): boolean {
    return this.restoring.has(root);
  }

  async whileRestoring<T>(root: string, act: () => Promise<T>): Promise<T> {
    this.restoring.add(root);
    try {
      return await act();
    } finally {
      this.restoring.delete(root);
    }
  }

  /** Throws if the project no longer exists: callers pass roots from `states`. */
  get(root: string): TrackedProject {
    const project = this.tracked.get(root);
    if (project === undefined) throw new Error(`No project in ${root}`);
    return project;
  }

  /** Finds projects in the workspace's folders, and reads the new ones. */
  async discover(): Promise<void> {
    this.discovering ??= this.discoverOnce().finally(() => (this.discovering = undefined));
    await this.discovering;
  }

  /** Reads everything again. */
  async refresh(): Promise<void> {
    await this.discover();
    await this.refreshAll();
  }

  dispose(): void {
    for (const project of this.tracked.values()) project.dispose();
    this.subscriptions.dispose();
  }

  private async refreshAll(): Promise<void> {
    await Promise.all([...this.tracked.values()].map((project) => project.refresh()));
  }

  private all(): readonly TrackedProject[] {
    return [...this.tracked.values()].filter(({ isProject }) => isProject);
  }

  private absentRoots(): readonly string[] {
    return [...this.tracked.values()].filter(({ isProject }) => !isProject).map(({ state }) => state.root);
  }

  private async discoverOnce(): Promise<void> {
    const candidates = await findCandidates();
    this.forget(candidates);
    const added = candidates.filter(({ root }) => !this.tracked.has(root)).map((candidate) => this.track(candidate));
    const absent = [...this.tracked.values()].filter((project) => !project.isProject && !added.includes(project));
    await Promise.all([...added, ...absent].map((project) => project.begin()));
    this.hasDiscovered = true;
    this.changed.fire();
  }

  private forget(candidates: readonly Candidate[]): void {
    for (const [root, project] of this.tracked) {
      // A nested project with a missing database is no longer found, but must stay to report the loss.
      const isInWorkspace = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(root)) !== undefined;
      if (candidates.some((candidate) => candidate.root === root) || (isInWorkspace && project.isProject)) continue;
      project.dispose();
      this.tracked.delete(root);
    }
  }

  private track({ root, name }: Candidate): TrackedProject {
    const project = new TrackedProject(root, name, {
      ...this.services,
      onChange: () => this.changed.fire(),
    });
    this.tracked.set(root, project);
    return project;
  }
}

/** Hides the problem that the user has turned off. `undetermined` keeps it from being reported as resolved. */
function withoutShrinkage(state: ProjectState): ProjectState {
  return {
    ...state,
    problems: state.problems.filter(({ code }) => code !== 'database-shrunk'),
    undetermined: [...state.undetermined, 'database-shrunk'],
  };
}
