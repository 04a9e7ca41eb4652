import { type LoadEngine } from '../engine/engine.js';
import { Random } from '../random.js';
import { SimulationStuck } from '../several/channel.js';
import { SeveralProcesses } from '../several/runSeveral.js';
import type { Workers } from '../several/workers.js';
import { ProcessDied } from '../world.js';
import { PromiseBroken } from './broken.js';
import { Chaos } from './chaos.js';
import { checkTheEnd, deleteProject, happen } from './incidents.js';
import { perform } from './operations.js';
import { checkNothingStaged, checkPromises } from './promises.js';
import { isOperation, type Operation, type Scenario, type Step } from './scenario.js';
import { checkLinked, prunesTheVault } from './vaultPromises.js';
import { Surroundings, type EngineProcess } from './surroundings.js';

export interface Failure {
  readonly promise: string;
  readonly message: string;
}

/** Runs the engine: in this thread, or in several for a scenario with several processes. */
export interface Engines {
  readonly loadEngine: LoadEngine;
  readonly workers: Workers | undefined;
}

export interface RunResult {
  readonly failure: Failure | undefined;
  readonly trace: readonly string[];
}

/** Runs a scenario from its first step to its last check. `isTraced`: reports each call, without changing the run. */
export async function runScenario(
  scenario: Scenario,
  { loadEngine, workers }: Engines,
  isTraced = false,
): Promise<RunResult> {
  const surroundings = new Surroundings(scenario, loadEngine);
  const trace: string[] = [];
  if (isTraced) surroundings.world.trace = trace;
  try {
    if (workers !== undefined && scenario.processCount > 1) await new SeveralProcesses(surroundings, workers).all();
    else await new Run(surroundings).all();
    return { failure: undefined, trace };
  } catch (error) {
    if (error instanceof SimulationStuck) throw error;
    return { failure: describeFailure(error), trace };
  }
}

function describeFailure(error: unknown): Failure {
  if (error instanceof PromiseBroken) return { promise: error.promise, message: error.message };
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { promise: 'every error is a BackupError', message };
}

class Run {
  /** The process of the previous step, which continues unless it was killed. */
  #process: EngineProcess | undefined;

  constructor(private readonly surroundings: Surroundings) {}

  async all(): Promise<void> {
    for (const [index, step] of this.surroundings.scenario.steps.entries()) {
      this.surroundings.world.note(`-- step ${(index + 1).toString()}: ${step.kind}`);
      if (isOperation(step.kind)) await this.#operate(step.kind, step);
      else await happen(step, this.surroundings);
    }
    await checkTheEnd(this.surroundings);
  }

  async #operate(operation: Operation, step: Step): Promise<void> {
    const { world, acknowledged, writer } = this.surroundings;
    const random = new Random(step.seed);
    // A swap needs exclusive access, so it is refused while an agent has the database open.
    if ((operation === 'restore' || operation === 'undo') && random.chance(0.9)) writer.leave(random);
    else if (step.writerChance > 0) writer.beginCommit(acknowledged.nextState());
    const process = this.#processFor(random, operation);
    process.begin(acknowledged.mark);
    if (prunesTheVault(operation, this.surroundings)) this.surroundings.vault.expectDeletions();
    const chaos = new Chaos(step, this.surroundings);
    world.beforeCall = chaos.beforeCall;
    const { restoresEnded } = acknowledged;
    let failed: unknown;
    try {
      await perform(operation, step.seed, process.context);
    } catch (error) {
      failed = error;
    } finally {
      world.beforeCall = undefined;
    }
    this.surroundings.finishRemoval();
    if (failed !== undefined) this.#judge(failed, operation, process, chaos, step);
    if (chaos.hasDeletedProject) {
      this.#process = undefined;
      await deleteProject(random, this.surroundings);
      return;
    }
    if (failed === undefined && operation === 'backup') checkLinked(this.surroundings, process, chaos);
    await this.#afterwards(process, chaos, failed !== undefined);
    if (acknowledged.restoresEnded > restoresEnded && failed === undefined && !chaos.hasInterfered) {
      checkNothingStaged(this.surroundings);
    }
  }

  /** An operation may fail if something was made to fail, but only with the documented errors. */
  #judge(error: unknown, operation: Operation, process: EngineProcess, chaos: Chaos, step: Step): void {
    if (error instanceof PromiseBroken) throw error;
    if (process.process.isDead || error instanceof ProcessDied) return;
    this.surroundings.world.note(`${operation} fails: ${error instanceof Error ? error.message : String(error)}`);
    if (!(error instanceof process.engine.BackupError)) throw error;
    if (chaos.hasInterfered || step.writerChance > 0) return;
    // Whatever is wrong with the vault.
    if (operation === 'backup') throw new PromiseBroken('a backup works where nothing is wrong', error.message);
    if (operation !== 'syncVault' || chaos.hasDisturbedOwnFolders) return;
    // If the last backup could not record a new project.
    if (error.code === 'target-failed') return;
    throw new PromiseBroken('a sync of the vault works where nothing is wrong', error.message);
  }

  async #afterwards(process: EngineProcess, chaos: Chaos, hasFailed: boolean): Promise<void> {
    const { acknowledged } = this.surroundings;
    if (chaos.hasLostPower) {
      this.#process = undefined;
      acknowledged.updateLive(this.surroundings.liveState(), 'power failure');
      await checkPromises(this.surroundings);
      return;
    }
    this.surroundings.writer.finish();
    acknowledged.updateLive(this.surroundings.liveState(), 'kill');
    if (!process.process.isDead && !hasFailed && !chaos.hasDisturbedOwnFolders) return;
    // A lock that could be neither deleted nor marked belongs to its process until that ends.
    if (!process.process.isDead) this.surroundings.world.end(process.process);
    await checkPromises(this.surroundings);
  }

  /** A restore on another machine cannot see which processes have the database open; this is a known limit. */
  #processFor(random: Random, operation: Operation): EngineProcess {
    const usual = this.#process;
    const mayBeElsewhere = operation !== 'restore' && operation !== 'undo';
    const isHere = usual?.process.machine === this.surroundings.world.machines[0];
    if (usual !== undefined && !usual.process.isDead && (isHere || mayBeElsewhere) && random.chance(0.5)) return usual;
    if (usual !== undefined) this.surroundings.world.end(usual.process);
    const isElsewhere = mayBeElsewhere && random.chance(0.1);
    this.#process = this.surroundings.startEngine(
      isElsewhere ? 'engine on another machine' : 'engine',
      Number(isElsewhere),
    );
    return this.#process;
  }
}
