import * as vscode from 'vscode';
import { BackupError } from '../../core/system/index.js';
import type { KnownProject } from '../../core/projects/index.js';
import { describeError } from '../engine/errorDescription.js';
import type { EngineProcess } from '../engine/engineProcess.js';
import type { ErrorDescription } from '../engine/protocol.js';
import type { Log } from '../log.js';
import { setting } from '../settings.js';
import { worstProjectsFirst, type SurveyedProject } from '../model/surveyedProject.js';

/** Progress of a check of all projects. */
export interface SurveyProgress {
  readonly done: number;
  readonly total: number;
  readonly name: string;
}

/** An unresponsive disk of one project must not block the others for long. */
const PROJECT_LIMIT_MS = 30_000;

/** All projects of the user, open in this window or not. They are checked only on request, with one call each. */
export class AllProjects implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  private surveyed: readonly SurveyedProject[] = [];
  private failure: ErrorDescription | undefined;
  private surveying: { readonly done: Promise<void>; readonly abort: AbortController } | undefined;
  private isVisible = true;
  private step: SurveyProgress | undefined;
  private hasListed = false;

  readonly onDidChange = this.changed.event;

  constructor(
    private readonly engine: EngineProcess,
    private readonly log: Log,
  ) {}

  /** Worst first. */
  get projects(): readonly SurveyedProject[] {
    return worstProjectsFirst(this.surveyed);
  }

  /** False until the projects have been listed once. */
  get isListed(): boolean {
    return this.hasListed;
  }

  /** Why the last listing failed. */
  get listFailure(): ErrorDescription | undefined {
    return this.failure;
  }

  get isSurveying(): boolean {
    return this.surveying !== undefined;
  }

  /** Undefined while no check is running. */
  get progress(): SurveyProgress | undefined {
    return this.step;
  }

  /** Lists and checks all projects; concurrent calls share one run. Failures are in the list, not thrown. */
  async refresh(): Promise<void> {
    this.isVisible = true;
    if (this.surveying === undefined) {
      const abort = new AbortController();
      const done = this.surveyAll(abort.signal).finally(() => {
        this.surveying = undefined;
        this.step = undefined;
        this.changed.fire();
      });
      this.surveying = { done, abort };
      this.changed.fire();
    }
    await this.surveying.done;
  }

  /** Stops the current check at once, and keeps its results. */
  stop(): void {
    this.surveying?.abort.abort();
  }

  /** Stops after the current project, because the view is no longer visible. */
  cancel(): void {
    this.isVisible = false;
  }

  /** Checks one project again; does nothing if it is not listed. */
  async surveyAgain(root: string): Promise<void> {
    const project = this.find(root);
    if (project !== undefined) await this.survey(project.known, new AbortController().signal);
  }

  find(root: string): SurveyedProject | undefined {
    return this.surveyed.find(({ known }) => known.root === root);
  }

  dispose(): void {
    this.stop();
    this.changed.dispose();
  }

  private async surveyAll(signal: AbortSignal): Promise<void> {
    try {
      await this.list(signal);
      const all = this.projects;
      for (const [done, { known }] of all.entries()) {
        if (!this.isVisible) return;
        this.step = { done, total: all.length, name: known.name };
        this.changed.fire();
        await this.survey(known, signal);
      }
    } catch (error) {
      if (!isCancelled(error)) throw error;
    }
  }

  private async list(signal: AbortSignal): Promise<void> {
    try {
      const known = await this.engine.call('listProjects', undefined, { signal, timeLimitMs: PROJECT_LIMIT_MS });
      this.surveyed = known.map((project) => {
        const { survey, failure } = this.find(project.root) ?? {};
        return { known: project, survey, failure };
      });
      this.failure = undefined;
      this.hasListed = true;
    } catch (error) {
      if (isCancelled(error)) throw error;
      this.log.error('list the projects', error);
      this.failure = describeError(error);
    }
  }

  /** Throws only `cancelled`. */
  private async survey(known: KnownProject, signal: AbortSignal): Promise<void> {
    try {
      const unsavedMinutes = setting('warnings.unsavedMinutes');
      const survey = await this.engine.call(
        'survey',
        { known, unsavedMinutes },
        { signal, timeLimitMs: PROJECT_LIMIT_MS },
      );
      this.replace({ known, survey, failure: undefined });
    } catch (error) {
      if (isCancelled(error)) throw error;
      this.log.error(`check ${known.root}`, error);
      this.replace({ known, survey: this.find(known.root)?.survey, failure: describeError(error) });
    }
  }

  private replace(project: SurveyedProject): void {
    this.surveyed = this.surveyed.map((old) => (old.known.root === project.known.root ? project : old));
    this.changed.fire();
  }
}

function isCancelled(error: unknown): boolean {
  return error instanceof BackupError && error.code === 'cancelled';
}
