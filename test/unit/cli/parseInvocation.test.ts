import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { COMMANDS } from '../../../cli/commands/index.js';
import { parseCommandLine } from '../../../cli/parseCommandLine.js';
import { parseInvocation } from '../../../cli/parseInvocation.js';
import { BackupError } from '../../../core/system/errors.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('the command line', () => {
  const folder = useTemporaryFolder();

  async function parse(...args: string[]) {
    const line = await parseCommandLine(args);
    if (line.kind !== 'run') assert.fail(`not a command to run: ${line.kind}`);
    const { project, selectors, options } = parseInvocation(line.command, line.args, folder.path);
    return { name: line.command.name, project, selectors, options };
  }

  it('accepts project and backup in the order of the original tool', async () => {
    const { project, selectors } = await parse('restore', 'shop', 'features_1');
    assert.deepEqual([project, selectors], ['shop', ['features_1']]);
  });

  it('takes a single argument for the backup, or for the project if it is a folder', async () => {
    const { project, selectors } = await parse('restore', 'latest');
    assert.deepEqual([project, selectors], [undefined, ['latest']]);
    mkdirSync(folder.join('shop'));
    await assert.rejects(parse('pin', 'shop'), isUsage);
  });

  it('treats every argument as a backup if --project is given', async () => {
    mkdirSync(folder.join('latest'));
    const { project, selectors } = await parse('restore', '--project', 'shop', 'latest');
    assert.deepEqual([project, selectors], ['shop', ['latest']]);
  });

  it('accepts one or two backups to compare, with or without a project', async () => {
    mkdirSync(folder.join('shop'));
    assert.deepEqual((await parse('compare', 'a')).selectors, ['a']);
    assert.deepEqual((await parse('compare', 'a', 'b')).selectors, ['a', 'b']);
    const two = await parse('compare', 'shop', 'b');
    assert.deepEqual([two.project, two.selectors], ['shop', ['b']]);
    const three = await parse('compare', 'p', 'a', 'b');
    assert.deepEqual([three.project, three.selectors], ['p', ['a', 'b']]);
    await assert.rejects(parse('compare', 'p', 'a', 'b', 'c'), isUsage);
  });

  it('accepts options before and after the command', async () => {
    const { name, options, project } = await parse('--project', 'list', 'backup', '--reason=x y', '--json');
    assert.deepEqual([name, project, options.text('reason'), options.has('json')], ['backup', 'list', 'x y', true]);
  });

  it('takes everything after -- as arguments', async () => {
    assert.deepEqual((await parse('pin', '--', '--help')).selectors, ['--help']);
  });

  it('rejects unknown options and commands, and suggests a similar command', async () => {
    await assert.rejects(parse('backup', '--raeson', 'x'), isUsage);
    await assert.rejects(parse('list', 'a', 'b'), isUsage);
    for (const [wrong, right] of [
      ['retsore', 'restore'],
      ['lst', 'list'],
      ['backups', 'backup'],
      ['stat', 'status'],
    ]) {
      await assert.rejects(
        parseCommandLine([wrong ?? '']),
        (error) => isUsage(error) && String(error.hint).includes(` ${String(right)}?`),
      );
    }
    await assert.rejects(parseCommandLine(['__proto__']), isUsage);
  });

  it('has an example that parses for every command', async () => {
    for (const [name, load] of Object.entries(COMMANDS)) {
      const command = await load();
      assert.equal(command.name, name);
      assert.ok(command.examples.length > 0, name);
      for (const [example] of command.examples) {
        const [program, ...args] = example.split(' ');
        // Arguments after such a command's name belong to another program.
        if (command.runUnparsed !== undefined) continue;
        assert.equal(program, 'feature-backups');
        assert.equal((await parse(...args)).name, name, example);
      }
    }
  });
});

function isUsage(error: unknown): error is BackupError {
  return error instanceof BackupError && error.code === 'usage';
}
