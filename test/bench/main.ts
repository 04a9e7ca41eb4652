// `npm run bench [name …]`: prints tables of medians and their ratios to peers measured in the same run.
import './ownFolders.js';
import { cpus } from 'node:os';
import { benchAgentHook } from './agentHook.js';
import { benchBackUpSpeed } from './backUpSpeed.js';
import { benchGitCommit } from './gitCommit.js';
import { benchGrowth } from './growth.js';
import { benchHistory } from './history.js';
import { benchManyBackups } from './manyBackups.js';
import { PythonPeer } from './pythonPeer.js';
import { benchStoreScale } from './storeScale.js';
import { benchTap } from './tap.js';
import { benchVault } from './vault.js';
import { benchYear } from './year.js';

const BENCHES: Readonly<Record<string, (peer: PythonPeer) => Promise<void>>> = {
  backup: benchBackUpSpeed,
  vault: benchVault,
  growth: benchGrowth,
  store: benchStoreScale,
  many: benchManyBackups,
  tap: benchTap,
  git: benchGitCommit,
  hook: benchAgentHook,
  history: benchHistory,
  year: benchYear,
};

async function main(): Promise<void> {
  const names = process.argv.slice(2);
  const unknown = names.filter((name) => !(name in BENCHES));
  if (unknown.length > 0)
    throw new Error(`No bench named ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}`);
  console.log(`Node ${process.version}, ${cpus().length} cores`);
  const peer = new PythonPeer();
  try {
    for (const [name, bench] of Object.entries(BENCHES)) {
      if (names.length === 0 || names.includes(name)) await bench(peer);
    }
  } finally {
    peer.stop();
  }
}

await main();
