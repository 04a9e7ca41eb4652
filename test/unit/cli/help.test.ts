import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Command } from '../../../cli/command.js';
import { COMMANDS } from '../../../cli/commands/index.js';
import { COMMAND_GROUPS, commandHelp, mainHelp } from '../../../cli/help.js';
import { coloursFor } from '../../../cli/printing/colours.js';

const MAX_LINES = 60;
const MAX_COLUMNS = 100;
const plain = coloursFor(false);

describe('the help', () => {
  it('fits on one screen', async () => {
    const lines = (await mainHelp(plain)).trimEnd().split('\n');
    assert.ok(lines.length <= MAX_LINES, `${String(lines.length)} lines`);
    assertNarrow(lines);
  });

  it('shows every command in exactly one group', async () => {
    assert.deepEqual(COMMAND_GROUPS.flatMap(([, names]) => names).sort(), Object.keys(COMMANDS).sort());
    const help = await mainHelp(plain);
    for (const [title] of COMMAND_GROUPS) assert.match(help, new RegExp(`^${title}$`, 'm'));
    for (const { name, summary } of await allCommands()) {
      assert.equal(
        help.split('\n').filter((line) => line.startsWith(`  ${name} `) && line.endsWith(summary)).length,
        1,
      );
    }
  });

  it('offers --json only for commands that print a result', async () => {
    const without = (await allCommands()).filter((command) => !commandHelp(command, plain).includes('--json'));
    assert.deepEqual(without.map(({ name }) => name).sort(), ['hook', 'mcp', 'tap']);
  });

  for (const [name, load] of Object.entries(COMMANDS)) {
    it(`describes ${name} in one sentence, with fragments for its options and up to three examples`, async () => {
      const command = await load();
      const lines = commandHelp(command, plain).trimEnd().split('\n');
      assertNarrow(lines);
      const sentence = command.description ?? `${command.summary}.`;
      assert.match(sentence, /^[^.]*\w[^.]*\.$/, sentence);
      for (const { description } of Object.values(command.options)) assertFragment(description);
      assertFragment(command.summary);
      assert.ok(command.examples.length >= 1 && command.examples.length <= 3);
      for (const [, meaning] of command.examples) assertFragment(meaning);
    });
  }
});

async function allCommands(): Promise<readonly Command[]> {
  return await Promise.all(Object.values(COMMANDS).map((load) => load()));
}

function assertNarrow(lines: readonly string[]): void {
  for (const line of lines) assert.ok(line.length <= MAX_COLUMNS, `${String(line.length)} columns: ${line}`);
}

/** In lower case, except for names, and without a full stop. */
function assertFragment(text: string): void {
  assert.match(text, /^[a-z-]/, text);
  assert.match(text, /[^.]$/, text);
}
