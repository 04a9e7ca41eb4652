import { spawnSync } from 'node:child_process';
import { CLI_PATH, bareEnvironment, buildCli, type CliOptions } from './runCli.js';

/** Opens a pseudo-terminal of 120 columns, runs the command in it, types the answers, and prints the screen output. */
const PTY = `
import fcntl, json, os, pty, select, struct, sys, termios
job = json.loads(sys.argv[1])
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(job["command"][0], job["command"])
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
shown, answers = b"", list(job["answers"])
while True:
    try:
        piece = os.read(terminal, 65536)
    except OSError:
        break
    if not piece:
        break
    shown += piece
    if answers and shown.rstrip(b" ").endswith(b"[y/N]"):
        os.write(terminal, answers.pop(0).encode())
status = os.waitpid(pid, 0)[1]
print(json.dumps({"code": os.waitstatus_to_exitcode(status), "shown": shown.decode("utf-8", "replace").replace("\\r\\n", "\\n")}))
`;

export interface TerminalRun {
  readonly code: number;
  /** Everything that appeared on the screen, answers included. */
  readonly shown: string;
}

/** Runs the built command line on a terminal. Each answer includes its line break; "\u0003" is Ctrl-C. */
export function runOnTerminal(
  args: readonly string[],
  { cwd, env, answers = [] }: Omit<CliOptions, 'input'> & { readonly answers?: readonly string[] } = {},
): TerminalRun {
  buildCli();
  const job = JSON.stringify({ command: [process.execPath, CLI_PATH, ...args], answers });
  const { status, stdout, stderr } = spawnSync('python3', ['-c', PTY, job], {
    cwd,
    env: bareEnvironment({ TERM: 'xterm-256color', ...env }),
    encoding: 'utf8',
    timeout: 60_000,
  });
  if (status !== 0) throw new Error(`The terminal failed: ${stderr}`);
  const run: unknown = JSON.parse(stdout);
  if (typeof run !== 'object' || run === null || !('code' in run) || !('shown' in run)) throw new Error(stdout);
  return { code: Number(run.code), shown: String(run.shown) };
}
