// `npm run demo`: backs up, damages and restores a real database, in a temporary copy that is removed at the end.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const cli = join(root, 'dist', 'feature-backups.cjs');
const folder = mkdtempSync(join(tmpdir(), 'feature-backups-demo-'));
const project = join(folder, 'shop-front');
const database = join(project, 'features.db');
// Nothing is recorded or kept in the user's own folders. The vault exists, because its creation prints a notice.
const vault = join(folder, 'vault');
const env = { ...process.env, FEATURE_BACKUPS_STATE: join(folder, 'state'), FEATURE_BACKUPS_VAULT: vault };

try {
  await demonstrate();
} finally {
  // A follow-up may still be writing into the vault.
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

async function demonstrate() {
  mkdirSync(vault);
  cpSync(join(root, 'test', 'fixtures', 'autoforge-live', '2-after-200-passing'), project, { recursive: true });
  say('Agents have just marked 200 of 598 features as passing. A plain file copy contains:');
  show(`cp features.db copy.db; count the passing features in copy.db`, await countPassing(readFileSync(database)));

  say('A verified backup contains all of them:');
  run('backup', '--reason', 'demo');
  run('list');
  const backup = JSON.parse(runQuietly('list', '--json')).backups[0];
  show(`count the passing features in ${backup.id}.db`, await countPassing(readFileSync(backup.path)));

  say('Now damage the database: overwrite its first pages with noise, and delete the write-ahead log.');
  damage();
  run('status');

  say('Restore the last good backup:');
  run('restore', 'last-good', '--yes');
  run('status');
}

function say(text) {
  console.log(`\n${bold(text)}`);
}

function show(command, result) {
  console.log(`${dim('$')} ${command}\n${result}`);
}

function run(...args) {
  console.log(`${dim('$')} feature-backups ${args.join(' ')}`);
  const { status, signal } = spawnSync(process.execPath, [cli, ...args], { cwd: project, env, stdio: 'inherit' });
  if (signal || ![0, 3].includes(status)) throw new Error(`feature-backups ${args[0]} exited with ${signal ?? status}`);
  if (status !== 0) console.log(dim(`(exit code ${status})`));
}

function runQuietly(...args) {
  return spawnSync(process.execPath, [cli, ...args], { cwd: project, env, encoding: 'utf8' }).stdout;
}

async function countPassing(bytes) {
  const initSqlJs = createRequire(import.meta.url)('sql.js');
  const { Database } = await initSqlJs();
  const image = new Database(bytes);
  try {
    return image.exec('SELECT count(*) FROM features WHERE passes')[0].values[0][0];
  } finally {
    image.close();
  }
}

function damage() {
  const bytes = readFileSync(database);
  for (let at = 100; at < 20_000; at += 1) bytes[at] = (at * 7919) % 251;
  writeFileSync(database, bytes);
  rmSync(`${database}-wal`, { force: true });
}

function bold(text) {
  return process.stdout.isTTY && !process.env.NO_COLOR ? `\x1b[1m${text}\x1b[22m` : text;
}

function dim(text) {
  return process.stdout.isTTY && !process.env.NO_COLOR ? `\x1b[2m${text}\x1b[22m` : text;
}
