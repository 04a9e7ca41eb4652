import { type LoadEngine } from '../engine/engine.js';
import { Random } from '../random.js';
import { SimulationStuck } from '../several/channel.js';
import { SeveralProcesses } from '../several/runSeveral.js';
import type { Workers } from '../several/workers.js';
import { ProcessDied } from '../world.js';
import { GuaranteeViolation } from './guaranteeViolation.js';
import { StepFaults } from './stepFaults.js';
import { checkFinalState, deleteProject, runStep } from './events.js';
import { perform } from './operations.js';
import { checkNothingStaged, checkGuarantees } from './guarantees.js';
import { isOperation, type Operation, type Scenario, type Step } from './scenario.js';
import { checkLinked, prunesTheVault } from './vaultGuarantees.js';
import { Simulation, type EngineProcess } from './simulation.js';

export interface Failure {
  readonly guarantee: string;
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
  const simulation = new Simulation(scenario, loadEngine);
  const trace: string[] = [];
  if (isTraced) simulation.world.trace = trace;
  try {
    if (workers !== undefined && scenario.processCount > 1) await new SeveralProcesses(simulation, workers).all();
    else await new Run(simulation).all();
    return { failure: undefined, trace };
  } catch (error) {
    if (error instanceof SimulationStuck) throw error;
    return { failure: describeFailure(error), trace };
  }
}

function describeFailure(error: unknown): Failure {
  if (error instanceof GuaranteeViolation) return { guarantee: error.guarantee, message: error.message };
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { guarantee: 'every error is a BackupError', message };
}

class Run {
  /** The process of the previous step, which continues unless it was killed. */
  #process: EngineProcess | undefined;

  constructor(private readonly simulation: Simulation) {}

  async all(): Promise<void> {
    for (const [index, step] of this.simulation.scenario.steps.entries()) {
      this.simulation.world.note(`-- step ${(index + 1).toString()}: ${step.kind}`);
      if (isOperation(step.kind)) await this.#operate(step.kind, step);
      else await runStep(step, this.simulation);
    }
    await checkFinalState(this.simulation);
  }

  async #operate(operation: Operation, step: Step): Promise<void> {
    const { world, acknowledged, writer } = this.simulation;
    const random = new Random(step.seed);
    // A swap needs exclusive access, so it is refused while an agent has the database open.
    if ((operation === 'restore' || operation === 'undo') && random.chance(0.9)) writer.disconnect(random);
    else if (step.writerChance > 0) writer.beginCommit(acknowledged.nextState());
    const process = this.#processFor(random, operation);
    process.begin(acknowledged.mark);
    if (prunesTheVault(operation, this.simulation)) this.simulation.vault.expectDeletions();
    const faults = new StepFaults(step, this.simulation);
    world.beforeCall = faults.beforeCall;
    const { restoresEnded } = acknowledged;
    let failed: unknown;
    try {
      await perform(operation, step.seed, process.context);
    } catch (error) {
      failed = error;
    } finally {
      world.beforeCall = undefined;
    }
    this.simulation.finishRemoval();
    if (failed !== undefined) this.#checkFailure(failed, operation, process, faults, step);
    if (faults.hasDeletedProject) {
      this.#process = undefined;
      await deleteProject(random, this.simulation);
      return;
    }
    if (failed === undefined && operation === 'backup') checkLinked(this.simulation, process, faults);
    await this.#afterwards(process, faults, failed !== undefined);
    if (acknowledged.restoresEnded > restoresEnded && failed === undefined && !faults.hasInjectedFault) {
      checkNothingStaged(this.simulation);
    }
  }

  /** An operation may fail if something was made to fail, but only with the documented errors. */
  #checkFailure(error: unknown, operation: Operation, process: EngineProcess, faults: StepFaults, step: Step): void {
    if (error instanceof GuaranteeViolation) throw error;
    if (process.process.isDead || error instanceof ProcessDied) return;
    this.simulation.world.note(`${operation} fails: ${error instanceof Error ? error.message : String(error)}`);
    if (!(error instanceof process.engine.BackupError)) throw error;
    if (faults.hasInjectedFault || step.writerChance > 0) return;
    // Problems of the vault never fail a backup.
    if (operation === 'backup') throw new GuaranteeViolation('a backup works if nothing is wrong', error.message);
    if (operation !== 'syncVault' || faults.hasOwnFolderFault) return;
    // Allowed if the last backup could not record a new project.
    if (error.code === 'target-failed') return;
    throw new GuaranteeViolation('a sync of the vault works if nothing is wrong', error.message);
  }

  async #afterwards(process: EngineProcess, faults: StepFaults, hasFailed: boolean): Promise<void> {
    const { acknowledged } = this.simulation;
    if (faults.hasLostPower) {
      this.#process = undefined;
      acknowledged.updateLive(this.simulation.liveState(), 'power failure');
      await checkGuarantees(this.simulation);
      return;
    }
    this.simulation.writer.finish();
    acknowledged.updateLive(this.simulation.liveState(), 'kill');
    if (!process.process.isDead && !hasFailed && !faults.hasOwnFolderFault) return;
    // A lock that could be neither deleted nor marked belongs to its process until that ends.
    if (!process.process.isDead) this.simulation.world.end(process.process);
    await checkGuarantees(this.simulation);
  }

  /** A restore on another machine cannot see which processes have the database open; this is a known limit. */
  #processFor(random: Random, operation: Operation): EngineProcess {
    const usual = this.#process;
    const mayBeElsewhere = operation !== 'restore' && operation !== 'undo';
    const isHere = usual?.process.machine === this.simulation.world.machines[0];
    if (usual !== undefined && !usual.process.isDead && (isHere || mayBeElsewhere) && random.chance(0.5)) return usual;
    if (usual !== undefined) this.simulation.world.end(usual.process);
    const isElsewhere = mayBeElsewhere && random.chance(0.1);
    this.#process = this.simulation.startEngine(
      isElsewhere ? 'engine on another machine' : 'engine',
      Number(isElsewhere),
    );
    return this.#process;
  }
}
