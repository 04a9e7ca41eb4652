import { DEFAULT_CONFIGURATION } from '../../../core/project/configuration.js';
import type { Project } from '../../../core/project/project.js';
import type { Engine, LoadEngine } from '../engine/engine.js';
import { portsOver } from '../engine/ports.js';
import { decodeImage, imageOf } from '../live/states.js';
import { decodeLive } from '../live/wal.js';
import { WalWriter } from '../live/writer.js';
import { mixSeeds, Random } from '../random.js';
import { World, type SimulatedProcess } from '../world.js';
import { Acknowledged, type Mark } from './acknowledged.js';
import type { OperationContext, Report } from './operations.js';
import { DATA, DATABASE, environmentOn, ROOT, STATE, STORE, TARGET } from './places.js';
import { Removal } from './removal.js';
import type { Scenario } from './scenario.js';
import { ExpectedVault } from './expectedVault.js';

const FIRST_STATE = 1;

/** One scenario's world, its live database and writer, and everything acknowledged in it. */
export class Simulation {
  readonly world: World;
  readonly acknowledged: Acknowledged;
  readonly writer: WalWriter;
  readonly project: Project;
  readonly vault: ExpectedVault;
  /** Another process that is deleting the store or the project. */
  removal: Removal | undefined;
  /** Processes killed, power failures and other faults so far: each may leave a file behind. */
  faultCount = 0;
  /** For choices that no step makes: what survives a power failure, and the writer's next step. */
  readonly random: Random;

  constructor(
    readonly scenario: Scenario,
    private readonly loadEngine: LoadEngine,
  ) {
    this.random = new Random(mixSeeds(scenario.seed, 2));
    this.world = new World(scenario);
    this.acknowledged = new Acknowledged(FIRST_STATE, scenario.historyBytes > 1024 * 1024, scenario.processCount > 1);
    this.writer = new WalWriter(this.world, DATABASE, this.acknowledged, this.random, scenario.synchronous);
    this.project = projectOf(scenario);
    const { disk } = this.world;
    this.vault = new ExpectedVault(disk, this.acknowledged, scenario.retention.keepLast);
    for (const folder of [TARGET, STATE]) disk.makeFolder(folder, 0o755);
    if (scenario.vault === 'other file system') disk.mount(DATA);
    else disk.makeFolder(DATA, 0o755);
    this.createProject(FIRST_STATE);
    disk.syncEverything();
  }

  createProject(state: number): void {
    const { disk } = this.world;
    disk.makeFolder(ROOT, 0o755);
    const database = disk.create(DATABASE, 0o644);
    disk.changeContent(database, { kind: 'write', position: 0, bytes: imageOf(state) });
    for (const path of [DATABASE, ROOT, '/']) disk.sync(disk.get(path, 'fsync'));
  }

  get hosts(): readonly string[] {
    return this.world.machines.map(({ hostname }) => hostname);
  }

  /** Notes a report of a process on a machine, for an operation that began at `mark`. */
  note(report: Report, mark: Mark, host: string): void {
    const wasStoreDeleted = this.acknowledged.wasStoreDeletedSince(mark);
    this.acknowledged.note(report, mark);
    if (this.scenario.vault !== undefined) this.vault.note(report, host, wasStoreDeleted);
  }

  beginRemoval(path: string): void {
    this.world.note(`another process begins to delete ${path}`);
    this.removal ??= new Removal(this.world.disk, path);
    this.acknowledged.storeDeleted();
    this.vault.storeDeleted();
  }

  finishRemoval(): void {
    if (this.removal === undefined) return;
    this.removal.finish();
    this.removal = undefined;
    this.acknowledged.storeDeleted();
    this.world.note('the deletion ends');
    // A backup of the next second has another name.
    this.world.monotonicMs += 2000;
  }

  /** A new process with fresh modules. */
  startEngine(name: string, machine = 0): EngineProcess {
    return new EngineProcess(this.world.start(name, this.world.machines[machine]), this);
  }

  /** Undefined if the bytes are not the image of any state. */
  readonly stateOfBackup = (bytes: Buffer): number | undefined => {
    const state = decodeImage(bytes);
    return typeof state === 'number' ? state : undefined;
  };

  load(): Engine {
    return this.loadEngine(() => this.world.nowMs());
  }

  liveState(): number | string {
    const read = (path: string): Buffer | undefined => {
      const node = this.world.disk.find(path);
      return node?.kind === 'file' ? node.bytes : undefined;
    };
    return decodeLive(read(DATABASE), read(`${DATABASE}-wal`));
  }

  losePower(): void {
    this.removal = undefined;
    this.vault.losePower();
    this.world.losePower(this.random);
  }
}

/** A simulated process that has loaded the engine. */
export class EngineProcess {
  readonly engine: Engine;
  readonly context: OperationContext;
  #mark: Mark = { visible: 0, deletions: 0 };

  constructor(
    readonly process: SimulatedProcess,
    simulation: Simulation,
  ) {
    const { world, scenario, project } = simulation;
    this.engine = simulation.load();
    const random = new Random(mixSeeds(scenario.seed, 3, process.startTime));
    const ports = portsOver({
      call: (call, args) => world.call(process, call, args),
      nowMs: () => world.nowMs(),
      environment: environmentOn(process.machine.hostname),
      system: {
        pid: process.pid,
        hostname: () => process.machine.hostname,
        isRunning: (pid) => process.machine.processes().some((other) => other.pid === pid),
        monotonicMs: () => world.monotonicMs,
        uptimeMs: () => world.monotonicMs - process.machine.bootedAtMs,
        random: () => random.next(),
        pause: async (ms) => {
          await Promise.resolve();
          world.pause(process, ms);
        },
      },
    });
    const report = (told: Report): void => {
      // The engine ignores some failures, and so the death of its process.
      if (!process.isDead) simulation.note(told, this.#mark, process.machine.hostname);
    };
    this.context = { engine: this.engine, ports, project, report };
  }

  /** Must be called before each operation. */
  readonly begin = (mark: Mark): void => {
    this.#mark = mark;
    this.process.callCount = 0;
  };
}

function projectOf({ retention, historyBytes, vault }: Scenario): Project {
  return {
    root: ROOT,
    databasePath: DATABASE,
    storePath: STORE,
    configuration: {
      ...DEFAULT_CONFIGURATION,
      retention,
      vault: vault !== undefined,
      compression: { afterDays: 0 },
      history: { maxBytes: historyBytes },
      targets: [{ name: 'disk', folder: TARGET, rclone: undefined, retention: {} }],
    },
  };
}
