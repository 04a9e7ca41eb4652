/** Whether a program only reads with these arguments. */
type Rule = (args: readonly string[]) => boolean;

const always: Rule = () => true;

/** Accepts arguments without these forms, which write a file or run a program. */
function without(...forms: readonly RegExp[]): Rule {
  return (args) => !args.some((arg) => forms.some((form) => form.test(arg)));
}

/** Accepts arguments whose options all have this form. */
function onlyOptions(form: RegExp): Rule {
  return (args) => args.every((arg) => !arg.startsWith('-') || form.test(arg));
}

const ALWAYS_READING = [
  ...['ls', 'pwd', 'cd', 'cat', 'head', 'tail', 'wc', 'stat', 'du', 'df', 'which', 'type', 'whoami', 'id', 'uname'],
  ...['basename', 'dirname', 'realpath', 'readlink', 'echo', 'true', 'false', 'test', '[', 'cut', 'tr', 'nl', 'tac'],
  ...['comm', 'cmp', 'diff', 'md5sum', 'sha1sum', 'sha256sum', 'cksum', 'od', 'hexdump', 'strings', 'grep', 'egrep'],
  ...[
    'fgrep',
    'jq',
    'ps',
    'pgrep',
    'printenv',
    'sleep',
    'seq',
    'nproc',
    'uptime',
    'free',
    'lsof',
    'column',
    'fold',
    'date',
  ],
];

/** The only arguments for which these programs print their version and run nothing. */
const VERSIONS: ReadonlyMap<string, readonly string[]> = new Map([
  ...['node', 'npm', 'yarn', 'pnpm'].map((name): [string, string[]] => [name, ['--version', '-v']]),
  ...['python', 'python3', 'pip', 'pip3'].map((name): [string, string[]] => [name, ['--version', '-V']]),
  ...['npx', 'bun', 'deno', 'cargo', 'rustc', 'ruby', 'git', 'docker', 'uv', 'poetry', 'make', 'java', 'gh', 'tsc'].map(
    (name): [string, string[]] => [name, ['--version']],
  ),
  ['go', ['version']],
]);

/** `sed -n '1,20p' file`: any other script may write or run something. */
function readsLines([quiet, script, ...files]: readonly string[]): boolean {
  return quiet === '-n' && /^\d+(?:,(?:\d+|\$))?p$/.test(script ?? '') && !files.some((file) => file.startsWith('-'));
}

const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ...ALWAYS_READING.map((name): [string, Rule] => [name, always]),
  ['find', without(/^-(?:delete|exec|ok|fprint|fls)/)],
  ['rg', without(/^--pre/, /^--hostname-bin/)],
  ['sort', onlyOptions(/^-[bdfghinMRrsuVzk0-9.,]+$/)],
  // Its second operand is the output.
  ['uniq', (args) => args.filter((arg) => arg === '-' || !arg.startsWith('-')).length <= 1],
  ['tree', onlyOptions(/^-[adfilpsughDFqNL]+$/)],
  ['file', onlyOptions(/^-[bhiLkz]+$/)],
  ['sed', readsLines],
  ['command', ([option, ...names]) => (option === '-v' || option === '-V') && names.length > 0],
]);

/** Whether a command only reads files. Every program that is not known may write. */
export function isReadingCommand([program = '', ...args]: readonly string[]): boolean {
  const versions = VERSIONS.get(program) ?? [];
  if (args.length === 1 && versions.includes(args[0] ?? '')) return true;
  if (program === 'git') return isReadingGit(args);
  return RULES.get(program)?.(args) ?? isOwnCommand(program, args);
}

/** `feature-backups status` and the like, also as `npx feature-backups` or `node …/feature-backups.cjs`. */
function isOwnCommand(program: string, args: readonly string[]): boolean {
  const [script = '', ...rest] = args;
  if (program === OWN_PROGRAM) return isHarmlessOwnCommand(args);
  const runsOwnProgram =
    (program === 'npx' && script === OWN_PROGRAM) || (program === 'node' && /[\\/]feature-backups\.cjs$/.test(script));
  return runsOwnProgram && isHarmlessOwnCommand(rest);
}

const OWN_PROGRAM = 'feature-backups';

/** Commands that only read, or back up the database before they change it. Some resolve what blocks all other calls. */
function isHarmlessOwnCommand(args: readonly string[]): boolean {
  const command = args.find((arg) => !arg.startsWith('-'));
  if (args.some((arg) => arg.startsWith('--html'))) return false;
  return command === undefined || HARMLESS_OWN_COMMANDS.has(command);
}

const HARMLESS_OWN_COMMANDS: ReadonlySet<string> = new Set([
  ...['status', 'list', 'check', 'compare', 'verify', 'projects', 'backup', 'restore', 'undo', 'unlock', 'acknowledge'],
]);

function isReadingGit(args: readonly string[]): boolean {
  const [command = '', ...rest] = afterGlobalOptions(args);
  // Long options can be abbreviated.
  const writes = rest.some((arg) => /^--o(?:u(?:t(?:p(?:ut?)?)?)?)?(?:=|$)/.test(arg) || arg.startsWith('--ext'));
  return !writes && (GIT_RULES.get(command)?.(rest) ?? false);
}

/** Skips the global options that change neither what git does nor its configuration. */
function afterGlobalOptions(args: readonly string[]): readonly string[] {
  let rest = args;
  for (;;) {
    if (rest[0] === '-C') rest = rest.slice(2);
    else if (rest[0] === '--no-pager' || rest[0] === '-P') rest = rest.slice(1);
    else return rest;
  }
}

const GIT_RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ...['status', 'log', 'show', 'diff', 'blame', 'shortlog', 'describe', 'rev-parse', 'rev-list', 'ls-files'].map(
    (name): [string, Rule] => [name, always],
  ),
  ...['ls-tree', 'cat-file', 'merge-base', 'name-rev', 'for-each-ref', 'show-ref', 'check-ignore', 'version'].map(
    (name): [string, Rule] => [name, always],
  ),
  ['grep', without(/^-[^-]*O/, /^--op/)],
  ['branch', (args) => args.every((arg) => /^(?:-[arv]+|--all|--remotes|--list|--show-current)$/.test(arg))],
  ['tag', (args) => args.length === 0 || args[0] === '-l' || args[0] === '--list'],
  ['remote', ([command]) => command === undefined || ['-v', 'show', 'get-url'].includes(command)],
  ['stash', ([command]) => command === 'list' || command === 'show'],
  ['worktree', ([command]) => command === 'list'],
  ['reflog', ([command]) => command === undefined || command === 'show'],
  ['config', ([command = '']) => ['--get', '--get-all', '--list', '-l', 'get', 'list'].includes(command)],
]);
