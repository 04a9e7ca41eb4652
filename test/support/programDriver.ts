import { realPorts } from '../../core/system/ports.js';
import { runProgram, startDetached } from '../../core/system/processes/runProgram.js';

// A process that runs a program, as a command of ours does: runs its first argument, a script of sh, and waits for it;
// or, with a second argument, only starts it.
const [script = '', only] = process.argv.slice(2).map((text) => JSON.parse(text) as string);
const start = { program: '/bin/sh', args: ['-c', script], environment: realPorts().environment };
if (only === undefined) await runProgram({ ...start, limitMs: 60_000 });
else startDetached(start);
