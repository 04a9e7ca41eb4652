import { openProject, salvage } from '../../core/engine.js';
import type { SalvagePlan } from '../../core/engine.js';
import { countInWords, EXIT, visible } from '../../core/system/index.js';
import type { Command } from '../command.js';
import type { Console } from '../console.js';
import { diffLines, printComparison, summaryOf } from '../printing/comparison.js';
import { comparisonView } from '../views.js';

export const salvageCommand: Command = {
  name: 'salvage',
  summary: 'show what can be read from a damaged database',
  arguments: '[project] [<backup>]',
  description:
    'Show which features can still be read from a damaged database, compared with a backup (default: last-good).',
  options: {},
  selectors: { minArguments: 0, maxArguments: 1 },
  examples: [['feature-backups salvage', 'what restore --salvage would recover']],
  async run({ project: named, selectors: [selector] }, console) {
    const engine = { ports: console.ports, cwd: console.cwd };
    const project = await openProject(named, { ...engine, includeDeleted: true });
    const plan = await salvage(project, selector, engine);
    console.printJson(salvageView(plan));
    if (console.isTerminal) printForPeople(plan, console);
    else printComparison(plan.gained, { from: plan.backup.id, to: 'live' }, console);
    return EXIT.done;
  },
};

function printForPeople(plan: SalvagePlan, console: Console): void {
  const { salvaged, backup, gained, leftOut } = plan;
  console.print(`${countInWords(salvaged.features.length, 'feature')} can be read from the live database.\n`);
  if (salvaged.unreadableRowCount + salvaged.unreadablePageCount > 0) {
    const rows = countInWords(salvaged.unreadableRowCount, 'row');
    console.print(`Unreadable: ${rows}, ${countInWords(salvaged.unreadablePageCount, 'page')}.\n`);
  }
  console.print(`Compared with ${visible(backup.id)}: ${summaryOf(gained)}\n`);
  const lines = diffLines(gained, console);
  if (lines.length > 0) console.print(`${lines.join('\n')}\n`);
  if (leftOut.length > 0) {
    const ids = leftOut.map(({ feature }) => String(feature.id)).join(', ');
    console.print(`Left out because not fully readable: ${ids}\n`);
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
