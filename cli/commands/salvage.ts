import { openProject, salvage } from '../../core/engine.js';
import type { SalvagePlan } from '../../core/engine.js';
import { EXIT, visible } from '../../core/system/index.js';
import type { Command } from '../command.js';
import type { Console } from '../console.js';
import { diffLines, printComparison, summaryOf } from '../printing/comparison.js';
import { count } from '../printing/words.js';
import { comparisonView } from '../views.js';

export const salvageCommand: Command = {
  name: 'salvage',
  summary: 'show what can still be read of a damaged database, and what of it is newer',
  arguments: '[project] [<backup>]',
  description:
    'Reads every feature that the live database still gives up, and compares with a backup (last-good by default).\n' +
    'It changes nothing; feature-backups restore --salvage restores that backup with these features merged in.',
  options: {},
  selectors: { least: 0, most: 1 },
  examples: [['feature-backups salvage', 'what restore --salvage would bring back']],
  async run({ project: named, selectors: [selector] }, console) {
    const engine = { ports: console.ports, cwd: console.cwd };
    const project = await openProject(named, engine);
    const plan = await salvage(project, selector, engine);
    console.printJson(salvageView(plan));
    if (console.isTerminal) printForPeople(plan, console);
    else printComparison(plan.gained, { from: plan.backup.id, to: 'live' }, console);
    return EXIT.done;
  },
};

function printForPeople(plan: SalvagePlan, console: Console): void {
  const { salvaged, backup, gained, leftOut } = plan;
  console.print(`${count(salvaged.features.length, 'feature')} can be read of the live database.\n`);
  if (salvaged.unreadableRowCount + salvaged.unreadablePageCount > 0) {
    const rows = count(salvaged.unreadableRowCount, 'row');
    console.print(`Not readable: ${rows}, ${count(salvaged.unreadablePageCount, 'page')}.\n`);
  }
  console.print(`Against ${visible(backup.id)}: ${summaryOf(gained)}\n`);
  const lines = diffLines(gained, console);
  if (lines.length > 0) console.print(`${lines.join('\n')}\n`);
  if (leftOut.length > 0) {
    const ids = leftOut.map(({ feature }) => String(feature.id)).join(', ');
    console.print(`Left out, as they are not wholly readable: ${ids}\n`);
  }
}

function salvageView({ backup, salvaged, gained, merged, leftOut }: SalvagePlan) {
  return {
    backup: backup.id,
    readableCount: salvaged.features.length,
    unreadableRowCount: salvaged.unreadableRowCount,
    unreadablePageCount: salvaged.unreadablePageCount,
    columns: salvaged.columns,
    gained: comparisonView(gained),
    merged: merged.map(({ feature, method }) => ({ id: feature.id, method })),
    leftOut: leftOut.map(({ feature, method }) => ({ id: feature.id, method })),
  };
}
