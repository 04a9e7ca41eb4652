import { realPorts } from '../../core/system/ports.js';
import { runProgram, startDetached } from '../../core/system/processes/runProgram.js';

// A process that runs a program like a command of the product: runs its first argument, a shell script, and waits for
// it;
// or, with a second argument, only starts it.
const [script = '', only] = process.argv.slice(2).map((text) => JSON.parse(text) as string);
const start = { program: '/bin/sh', args: ['-c', script], environment: realPorts().environment };
if (only === undefined) await runProgram({ ...start, limitMs: 60_000 });
else startDetached(start);
