import { type LoadEngine } from '../engine/engine.js';
import { Random } from '../random.js';
import { ProcessDied } from '../world.js';
import { PromiseBroken } from './broken.js';
import { Chaos, JUMPS_MS } from './chaos.js';
import { perform, type OperationContext } from './operations.js';
import { checkNothingStaged, checkPromises } from './promises.js';
import { isOperation, type Operation, type Scenario, type Step } from './scenario.js';
import { STORE, Surroundings, type EngineProcess } from './surroundings.js';

export interface Failure {
  readonly promise: string;
  readonly message: string;
}

export interface RunResult {
  readonly failure: Failure | undefined;
  readonly trace: readonly string[];
}

/** Runs a scenario from its first step to its last check. `isTraced`: tells each call; the run is the same without. */
export async function runScenario(scenario: Scenario, loadEngine: LoadEngine, isTraced = false): Promise<RunResult> {
  const surroundings = new Surroundings(scenario, loadEngine);
  const trace: string[] = [];
  if (isTraced) surroundings.world.trace = trace;
  try {
    await new Run(surroundings).all();
    return { failure: undefined, trace };
  } catch (error) {
    return { failure: describeFailure(error), trace };
  }
}

function describeFailure(error: unknown): Failure {
  if (error instanceof PromiseBroken) return { promise: error.promise, message: error.message };
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { promise: 'nothing escapes that is no BackupError', message };
}

class Run {
  /** The process of the step before, which goes on where nothing has killed it. */
  #process: EngineProcess | undefined;

  constructor(private readonly surroundings: Surroundings) {}

  async all(): Promise<void> {
    for (const [index, step] of this.surroundings.scenario.steps.entries()) {
      this.surroundings.world.note(`-- step ${(index + 1).toString()}: ${step.kind}`);
      if (isOperation(step.kind)) await this.#operate(step.kind, step);
      else await this.#happen(step);
    }
    await this.#end();
  }

  async #operate(operation: Operation, step: Step): Promise<void> {
    const { world, ledger, writer } = this.surroundings;
    const random = new Random(step.seed);
    // A swap wants the database to itself; where an agent has it open it is refused.
    if ((operation === 'restore' || operation === 'undo') && random.chance(0.9)) writer.close();
    else if (step.writerChance > 0) writer.beginCommit(ledger.nextState());
    const process = this.#processFor(random, operation);
    process.begin(ledger.mark);
    const chaos = new Chaos(step, this.surroundings);
    world.beforeCall = chaos.beforeCall;
    let failed: unknown;
    try {
      await perform(operation, step.seed, process.context);
    } catch (error) {
      failed = error;
    } finally {
      world.beforeCall = undefined;
    }
    if (failed !== undefined) this.#judge(failed, operation, process, chaos, step);
    await this.#afterwards(process, chaos, failed !== undefined);
    if (failed === undefined && (operation === 'restore' || operation === 'undo') && !chaos.hasInterfered) {
      checkNothingStaged(this.surroundings);
    }
  }

  /** An operation may fail where something was made to fail, and in no other way than the engine says. */
  #judge(error: unknown, operation: Operation, process: EngineProcess, chaos: Chaos, step: Step): void {
    if (error instanceof PromiseBroken) throw error;
    if (process.process.isDead || error instanceof ProcessDied) return;
    this.surroundings.world.note(`${operation} fails: ${error instanceof Error ? error.message : String(error)}`);
    if (!(error instanceof process.engine.BackupError)) throw error;
    if (chaos.hasInterfered || step.writerChance > 0 || operation !== 'backup') return;
    throw new PromiseBroken('a backup works where nothing is wrong', error.message);
  }

  async #afterwards(process: EngineProcess, chaos: Chaos, hasFailed: boolean): Promise<void> {
    const { ledger } = this.surroundings;
    if (chaos.hasLostPower) {
      this.#process = undefined;
      ledger.settleLive(this.surroundings.liveState(), 'power failure');
      await checkPromises(this.surroundings);
      return;
    }
    this.surroundings.writer.finish();
    ledger.settleLive(this.surroundings.liveState(), 'kill');
    if (!process.process.isDead && !hasFailed) return;
    // A lock that could be neither deleted nor marked is that of its process until that ends.
    if (!process.process.isDead) this.surroundings.world.end(process.process);
    await checkPromises(this.surroundings);
  }

  /** A restore on another machine cannot see who has the database open; that limit is known. */
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

  async #happen(step: Step): Promise<void> {
    const { world, writer, ledger } = this.surroundings;
    const random = new Random(step.seed);
    switch (step.kind) {
      case 'commit':
        for (let left = random.between(1, 3); left > 0; left -= 1) writer.beginCommit(ledger.nextState());
        writer.finish();
        return;
      case 'checkpoint':
        writer.beginCheckpoint();
        writer.finish();
        return;
      case 'close':
        writer.close();
        return;
      case 'killWriter':
        writer.beginCommit(ledger.nextState());
        for (let left = random.between(0, 14); left > 0; left -= 1) writer.step();
        writer.kill();
        ledger.settleLive(this.surroundings.liveState(), 'kill');
        return;
      case 'powerLoss':
        this.surroundings.losePower();
        this.#process = undefined;
        ledger.settleLive(this.surroundings.liveState(), 'power failure');
        await checkPromises(this.surroundings);
        return;
      case 'rot':
        this.#rot(random);
        return;
      default:
        world.jumpClock(random.pick(JUMPS_MS));
    }
  }

  /** A bit of a stored backup turns over, as on an old disk. */
  #rot(random: Random): void {
    const { world, ledger } = this.surroundings;
    const store = world.disk.find(STORE);
    if (store?.kind !== 'folder') return;
    const names = [...store.names.keys()].filter((name) => name.endsWith('.db')).sort();
    if (names.length === 0) return;
    const name = random.pick(names);
    const file = store.names.get(name);
    if (file?.kind !== 'file' || file.bytes.length === 0) return;
    const bytes = Buffer.from(file.bytes);
    const at = random.between(0, bytes.length - 1);
    bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << random.between(0, 7)), at);
    const id = name.slice(0, -'.db'.length);
    world.note(`a bit of ${name} turns over`);
    const state = this.surroundings.stateOfBackup(file.bytes);
    file.bytes = file.durable = bytes;
    file.pending = [];
    ledger.rotted.add(id);
    ledger.forgetState(id, state);
  }

  async #end(): Promise<void> {
    const { world, writer, ledger } = this.surroundings;
    world.note('-- the end');
    writer.finish();
    this.surroundings.losePower();
    ledger.settleLive(this.surroundings.liveState(), 'power failure');
    await checkPromises(this.surroundings);
    await this.#restoreLast();
    ledger.settleLive(this.surroundings.liveState(), 'kill');
  }

  /** With nobody in the way, the newest backup can be restored, and what killed restores have left goes. */
  async #restoreLast(): Promise<void> {
    const process = this.surroundings.startEngine('last restore');
    process.begin(this.surroundings.ledger.mark);
    const context: OperationContext = process.context;
    const [newest] = process.engine.readCatalog(context.project, context.ports).backups;
    if (newest === undefined || this.surroundings.ledger.rotted.has(newest.id)) return;
    try {
      await perform('restore', this.surroundings.scenario.seed, context);
    } catch (error) {
      if (error instanceof PromiseBroken) throw error;
      const isExpected = error instanceof process.engine.BackupError && error.code === 'backup-damaged';
      if (!isExpected)
        throw new PromiseBroken('a restore works', error instanceof Error ? error.message : String(error));
    }
    checkNothingStaged(this.surroundings);
  }
}
