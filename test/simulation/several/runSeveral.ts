import type { CallName } from '../disk/calls.js';
import { mixSeeds, Random } from '../random.js';
import { PromiseBroken } from '../run/broken.js';
import type { Mark } from '../run/acknowledged.js';
import { Chaos } from '../run/chaos.js';
import { happen, checkTheEnd } from '../run/incidents.js';
import { environmentOn } from '../run/places.js';
import { checkPromises } from '../run/promises.js';
import { isOperation, type Operation, type Step } from '../run/scenario.js';
import type { Surroundings } from '../run/surroundings.js';
import { ProcessDied, type SimulatedProcess } from '../world.js';
import type { Channel } from './channel.js';
import type { Answer, Clock, Order, Question } from './messages.js';
import type { Workers } from './workers.js';

/** One simulated process in the middle of an operation: its request waits for its turn. */
interface Running {
  readonly process: SimulatedProcess;
  readonly operation: Operation;
  readonly chaos: Chaos;
  readonly mark: Mark;
  question: Question;
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
    private readonly surroundings: Surroundings,
    private readonly workers: Workers,
  ) {
    const { seed, processCount, steps } = surroundings.scenario;
    this.#random = new Random(mixSeeds(seed, 4));
    this.#switchChance = this.#random.pick([0.05, 0.3, 1]);
    this.#running = Array.from({ length: processCount }, () => undefined);
    this.#steps = [...steps];
  }

  async all(): Promise<void> {
    try {
      while (this.#steps.length > 0 || this.#running.some((running) => running !== undefined)) await this.#go();
    } finally {
      this.#endAll();
    }
    await checkTheEnd(this.surroundings);
  }

  async #go(): Promise<void> {
    if (this.#random.chance(this.#switchChance)) this.#current = this.#random.between(0, this.#running.length - 1);
    const running = this.#running[this.#current];
    if (running !== undefined) await this.#advance(this.#current, running);
    else if (!(await this.#beginNext(this.#current))) this.#current = (this.#current + 1) % this.#running.length;
  }

  /** False if no step is left for it. */
  async #beginNext(index: number): Promise<boolean> {
    const [step] = this.#steps;
    if (step === undefined) return false;
    const { writer, acknowledged, world } = this.surroundings;
    const mayTouchLive = !this.#running.some(
      (running) => running?.operation === 'restore' || running?.operation === 'undo',
    );
    if (!isOperation(step.kind)) {
      if (!mayTouchLive) return false;
      this.#steps.shift();
      if (step.kind === 'powerLoss') await this.#afterPowerLoss(() => this.surroundings.losePower());
      else if (step.kind === 'deleteProject') {
        if (!this.#running.some((running) => running !== undefined)) await happen(step, this.surroundings);
      } else if (step.kind !== 'rot') await happen(step, this.surroundings);
      return true;
    }
    this.#steps.shift();
    if (step.kind === 'restore' || step.kind === 'undo') writer.leave(this.#random);
    else if (step.writerChance > 0 && mayTouchLive) writer.beginCommit(acknowledged.nextState());
    const process = world.start(`process ${(index + 1).toString()}`);
    const channel = this.workers.channel(index);
    channel.answer(this.#orderFor(step.kind, step, process));
    const chaos = new Chaos(step, this.surroundings);
    const question = channel.question() as Question;
    this.#running[index] = { process, operation: step.kind, chaos, mark: acknowledged.mark, question };
    return true;
  }

  #orderFor(operation: Operation, { seed }: Step, process: SimulatedProcess): Order {
    const { project } = this.surroundings;
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
    const { question } = running;
    if (question.kind === 'done') {
      this.#finish(index, running, channel);
      return;
    }
    channel.answer(this.#answerTo(question, running));
    running.question = channel.question() as Question;
    if (this.#hasJustLostPower(running)) await this.#afterPowerLoss(() => undefined);
  }

  /** Every process that was running has died with it; the first one asked reports this. */
  #hasJustLostPower({ chaos }: Running): boolean {
    return chaos.hasLostPower;
  }

  #finish(index: number, { process, question, operation }: Running, channel: Channel): void {
    channel.answer(undefined);
    this.#running[index] = undefined;
    if (!this.#running.some((running) => running !== undefined)) this.surroundings.finishRemoval();
    const wasDead = process.isDead;
    this.surroundings.world.end(process);
    const next = channel.question() as Question;
    if (next.kind !== 'next') throw new Error(`The worker goes on with ${next.kind}`);
    if (question.kind !== 'done' || question.failure === undefined || wasDead) return;
    this.surroundings.world.note(`${operation} fails: ${question.failure.message.split('\n')[0] ?? ''}`);
    if (!question.failure.isBackupError) {
      throw new PromiseBroken(
        question.failure.promise ?? 'nothing escapes that is no BackupError',
        question.failure.message,
      );
    }
  }

  #answerTo(question: Question, { process, chaos, mark }: Running): Answer {
    const { world } = this.surroundings;
    world.beforeCall = chaos.beforeCall;
    try {
      return { result: this.#resultOf(question, process, mark), clock: this.#clock(process) };
    } catch (error) {
      if (error instanceof ProcessDied) return { error: 'dead', clock: this.#clock(process) };
      if (!(error instanceof Error) || !('code' in error)) throw error;
      const call: CallName | undefined = question.kind === 'call' ? question.call : undefined;
      return { error: { code: String(error.code), call: call ?? question.kind }, clock: this.#clock(process) };
    } finally {
      world.beforeCall = undefined;
    }
  }

  #resultOf(question: Question, process: SimulatedProcess, mark: Mark): unknown {
    const { world } = this.surroundings;
    switch (question.kind) {
      case 'call':
        return world.call(process, question.call, question.args.map(revived));
      case 'pause':
        world.pause(process, question.ms);
        return undefined;
      case 'isRunning':
        return process.machine.processes().some(({ pid }) => pid === question.pid);
      case 'report':
        if (!process.isDead) this.surroundings.note(question.report, mark, process.machine.hostname);
        return undefined;
      default:
        throw new Error(`Nothing answers ${question.kind}`);
    }
  }

  async #afterPowerLoss(lose: () => void): Promise<void> {
    lose();
    this.#endAll();
    const { acknowledged } = this.surroundings;
    acknowledged.settleLive(this.surroundings.liveState(), 'power failure');
    await checkPromises(this.surroundings);
  }

  /** Kills all running processes, so every worker waits for an order again. */
  #endAll(): void {
    for (const [index, running] of this.#running.entries()) {
      if (running === undefined) continue;
      this.surroundings.world.end(running.process);
      const channel = this.workers.channel(index);
      while (running.question.kind !== 'done') {
        channel.answer({ error: 'dead', clock: this.#clock(running.process) } satisfies Answer);
        running.question = channel.question() as Question;
      }
      this.#finish(index, running, channel);
    }
  }

  #clock({ machine }: SimulatedProcess): Clock {
    const { world } = this.surroundings;
    return {
      nowMs: world.nowMs(),
      monotonicMs: world.monotonicMs,
      uptimeMs: world.monotonicMs - machine.bootedAtMs,
    };
  }
}

function revived(argument: unknown): unknown {
  return argument instanceof Uint8Array ? Buffer.from(argument) : argument;
}
