// Runs the follow-up of the vault in its own process, which is killed at a file system change:
//   node vaultDriver <VaultRequest as JSON>
import { runVaultFollowUp } from '../../core/followUp/index.js';
import { realPorts, systemOf } from '../../core/system/index.js';
import { stoppingFiles, type Stop } from './stoppingFiles.js';

export interface VaultRequest {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stop: Stop;
}

const [, , argument = '{}'] = process.argv;
const { environment, stop } = JSON.parse(argument) as VaultRequest;
const real = realPorts();
const system = { ...systemOf(real), pause: async () => await Promise.resolve() };
await runVaultFollowUp({ ...real, environment, system, files: stoppingFiles(stop).files });
