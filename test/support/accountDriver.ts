// Runs the built command line as an account with another home folder: node accountDriver HOME ARGUMENTS…
import { createRequire } from 'node:module';
import os from 'node:os';
import { fileURLToPath } from 'node:url';

const [node = '', , home = '', ...args] = process.argv;
const commandLine = fileURLToPath(new URL('../../dist/feature-backups.cjs', import.meta.url));
const account = os.userInfo();
os.userInfo = (() => ({ ...account, homedir: home })) as typeof os.userInfo;
process.argv = [node, commandLine, ...args];
createRequire(import.meta.url)(commandLine);
