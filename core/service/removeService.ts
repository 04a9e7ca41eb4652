import type { Ports } from '../system/index.js';
import { runAll, type ManagerFailure } from './runManager.js';
import { assertOwnServiceFile, removeServiceFile } from './serviceFile.js';
import type { ServiceSetUp } from './serviceSpec.js';

/**
 * Stops the service and removes its file. Throws `confirmation-needed` like `writeServiceFile`. Returns what the service
 * manager reported: usually the service was not running, or this computer has no such manager.
 */
export async function removeService(
  setUp: ServiceSetUp,
  force: boolean,
  ports: Ports,
): Promise<ManagerFailure | undefined> {
  assertOwnServiceFile(setUp, force, ports);
  const failure = await runAll(setUp.disable, ports);
  removeServiceFile(setUp, force, ports);
  await runAll(setUp.afterRemoval, ports);
  return failure;
}
