import type { CallName } from '../disk/calls.js';
import { mixSeeds, Random } from '../random.js';
import { GuaranteeViolation } from '../run/guaranteeViolation.js';
import type { Mark } from '../run/acknowledged.js';
import { StepFaults } from '../run/stepFaults.js';
import { runStep, checkFinalState } from '../run/events.js';
import { environmentOn } from '../run/places.js';
import { checkGuarantees } from '../run/guarantees.js';
import { isOperation, type Operation, type Step } from '../run/scenario.js';
import type { Simulation } from '../run/simulation.js';
import { ProcessDied, type SimulatedProcess } from '../world.js';
import type { Channel } from './channel.js';
import type { Reply, Clock, Task, Request } from './messages.js';
import type { Workers } from './workers.js';

/** One simulated process in the middle of an operation. Its request waits for its turn. */
interface Running {
  readonly process: SimulatedProcess;
  readonly operation: Operation;
  readonly faults: StepFaults;
  readonly mark: Mark;
  request: Request;
}

/**
 * Several processes at once: at each call of a port, the seed decides which one continues, and which fault occurs. Each
 * takes the next step when it has finished one.
 */
export class SeveralProcesses {
  readonly #running: (Running | undefined)[];
  readonly #random: Random;
  readonly #steps: Step[];
  readonly #switchChance: number;
  #current = 0;

  constructor(
    private readonly simulation: Simulation,
    private readonly workers: Workers,
  ) {
    const { seed, processCount, steps } = simulation.scenario;
    this.#random = new Random(mixSeeds(seed, 4));
    this.#switchChance = this.#random.pick([0.05, 0.3, 1]);
    this.#running = Array.from({ length: processCount }, () => undefined);
    this.#steps = [...steps];
  }

  async all(): Promise<void> {
    try {
      while (this.#steps.length > 0 || this.#running.some((running) => running !== undefined)) await this.#step();
    } finally {
      this.#endAll();
    }
    await checkFinalState(this.simulation);
  }

  async #step(): Promise<void> {
    if (this.#random.chance(this.#switchChance)) this.#current = this.#random.between(0, this.#running.length - 1);
    const running = this.#running[this.#current];
    if (running !== undefined) await this.#advance(this.#current, running);
    else if (!(await this.#beginNext(this.#current))) this.#current = (this.#current + 1) % this.#running.length;
  }

  /** False if no step is left for it. */
  async #beginNext(index: number): Promise<boolean> {
    const [step] = this.#steps;
    if (step === undefined) return false;
    const { writer, acknowledged, world } = this.simulation;
    const mayTouchLive = !this.#running.some(
      (running) => running?.operation === 'restore' || running?.operation === 'undo',
    );
    if (!isOperation(step.kind)) {
      if (!mayTouchLive) return false;
      this.#steps.shift();
      if (step.kind === 'powerLoss') await this.#afterPowerLoss(() => this.simulation.losePower());
      else if (step.kind === 'deleteProject') {
        if (!this.#running.some((running) => running !== undefined)) await runStep(step, this.simulation);
      } else if (step.kind !== 'flipBit') await runStep(step, this.simulation);
      return true;
    }
    this.#steps.shift();
    if (step.kind === 'restore' || step.kind === 'undo') writer.disconnect(this.#random);
    else if (step.writerChance > 0 && mayTouchLive) writer.beginCommit(acknowledged.nextState());
    const process = world.start(`process ${(index + 1).toString()}`);
    const channel = this.workers.channel(index);
    channel.reply(this.#taskFor(step.kind, step, process));
    const faults = new StepFaults(step, this.simulation);
    const request = channel.nextRequest() as Request;
    this.#running[index] = { process, operation: step.kind, faults, mark: acknowledged.mark, request };
    return true;
  }

  #taskFor(operation: Operation, { seed }: Step, process: SimulatedProcess): Task {
    const { project } = this.simulation;
    const { pid, machine } = process;
    return {
      operation,
      seed,
      project,
      pid,
      hostname: machine.hostname,
      environment: environmentOn(machine.hostname),
      clock: this.#clock(process),
    };
  }

  async #advance(index: number, running: Running): Promise<void> {
    const channel = this.workers.channel(index);
    const { request } = running;
    if (request.kind === 'done') {
      this.#finish(index, running, channel);
      return;
    }
    channel.reply(this.#replyTo(request, running));
    running.request = channel.nextRequest() as Request;
    if (this.#hasJustLostPower(running)) await this.#afterPowerLoss(() => undefined);
  }

  /** All running processes have died; the first one to send a request detects this. */
  #hasJustLostPower({ faults }: Running): boolean {
    return faults.hasLostPower;
  }

  #finish(index: number, { process, request, operation }: Running, channel: Channel): void {
    channel.reply(undefined);
    this.#running[index] = undefined;
    if (!this.#running.some((running) => running !== undefined)) this.simulation.finishRemoval();
    const wasDead = process.isDead;
    this.simulation.world.end(process);
    const next = channel.nextRequest() as Request;
    if (next.kind !== 'next') throw new Error(`The worker continues with ${next.kind}`);
    if (request.kind !== 'done' || request.failure === undefined || wasDead) return;
    this.simulation.world.note(`${operation} fails: ${request.failure.message.split('\n')[0] ?? ''}`);
    if (!request.failure.isBackupError) {
      throw new GuaranteeViolation(
        request.failure.guarantee ?? 'every error is a BackupError',
        request.failure.message,
      );
    }
  }

  #replyTo(request: Request, { process, faults, mark }: Running): Reply {
    const { world } = this.simulation;
    world.beforeCall = faults.beforeCall;
    try {
      return { result: this.#resultOf(request, process, mark), clock: this.#clock(process) };
    } catch (error) {
      if (error instanceof ProcessDied) return { error: 'dead', clock: this.#clock(process) };
      if (!(error instanceof Error) || !('code' in error)) throw error;
      const call: CallName | undefined = request.kind === 'call' ? request.call : undefined;
      return { error: { code: String(error.code), call: call ?? request.kind }, clock: this.#clock(process) };
    } finally {
      world.beforeCall = undefined;
    }
  }

  #resultOf(request: Request, process: SimulatedProcess, mark: Mark): unknown {
    const { world } = this.simulation;
    switch (request.kind) {
      case 'call':
        return world.call(process, request.call, request.args.map(revive));
      case 'pause':
        world.pause(process, request.ms);
        return undefined;
      case 'isRunning':
        return process.machine.processes().some(({ pid }) => pid === request.pid);
      case 'report':
        if (!process.isDead) this.simulation.note(request.report, mark, process.machine.hostname);
        return undefined;
      default:
        throw new Error(`Unknown request: ${request.kind}`);
    }
  }

  async #afterPowerLoss(lose: () => void): Promise<void> {
    lose();
    this.#endAll();
    const { acknowledged } = this.simulation;
    acknowledged.updateLive(this.simulation.liveState(), 'power failure');
    await checkGuarantees(this.simulation);
  }

  /** Kills all running processes, so every worker waits for a task again. */
  #endAll(): void {
    for (const [index, running] of this.#running.entries()) {
      if (running === undefined) continue;
      this.simulation.world.end(running.process);
      const channel = this.workers.channel(index);
      while (running.request.kind !== 'done') {
        channel.reply({ error: 'dead', clock: this.#clock(running.process) } satisfies Reply);
        running.request = channel.nextRequest() as Request;
      }
      this.#finish(index, running, channel);
    }
  }

  #clock({ machine }: SimulatedProcess): Clock {
    const { world } = this.simulation;
    return {
      nowMs: world.nowMs(),
      monotonicMs: world.monotonicMs,
      uptimeMs: world.monotonicMs - machine.bootedAtMs,
    };
  }
}

function revive(argument: unknown): unknown {
  return argument instanceof Uint8Array ? Buffer.from(argument) : argument;
}
