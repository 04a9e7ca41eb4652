import type { EngineProcess } from '../engine/engineProcess.js';
import { errorFrom } from '../engine/errorDescription.js';
import type { HistoryByDay } from '../engine/protocol.js';
import type { Log } from '../log.js';
import { matchesFilter } from '../model/filter.js';
import { filteredDayNode, historyDayNode, historyNote, historyStateNodes } from '../model/historyTree.js';
import type { HistoryDayNode, HistoryNode, TreeNode } from '../model/treeNodes.js';

/** Loads the rows below a history on expansion. Failures are logged and shown as a row. */
export class HistoryRows {
  constructor(
    private readonly engine: EngineProcess,
    private readonly log: Log,
  ) {}

  /** With a filter, only days with matches, and only the matches in them. */
  async days({ root, filter }: HistoryNode): Promise<readonly TreeNode[]> {
    return await this.rowsOrNote(root, async () => {
      const { days, problems } = await this.engine.call('listHistoryByDay', { root });
      for (const problem of problems) this.log.error(`read the history of ${root}`, errorFrom(problem));
      const now = new Date();
      const nodes: readonly TreeNode[] =
        filter === ''
          ? days.map((day) => historyDayNode(root, day, now))
          : await this.filteredDays(root, days, filter, now);
      return problems.length === 0 ? nodes : [historyNote(root, 'damaged'), ...nodes];
    });
  }

  async statesOf({ root, day, children }: HistoryDayNode): Promise<readonly TreeNode[]> {
    if (children.length > 0) return children;
    return await this.rowsOrNote(root, async () =>
      historyStateNodes(root, await this.engine.call('listHistoryOfDay', { root, day })),
    );
  }

  /** Day by day, to keep only the states of one day in memory. */
  private async filteredDays(
    root: string,
    days: HistoryByDay['days'],
    filter: string,
    now: Date,
  ): Promise<readonly TreeNode[]> {
    const nodes: TreeNode[] = [];
    for (const day of days) {
      const states = await this.engine.call('listHistoryOfDay', { root, day: day.key });
      const matches = states.filter((state) => matchesFilter(state, filter));
      if (matches.length > 0) nodes.push(filteredDayNode(root, day, matches, now));
    }
    return nodes.length === 0 ? [historyNote(root, 'noMatch')] : nodes;
  }

  private async rowsOrNote(root: string, rows: () => Promise<readonly TreeNode[]>): Promise<readonly TreeNode[]> {
    try {
      return await rows();
    } catch (error) {
      this.log.error(`read the history of ${root}`, error);
      return [historyNote(root, 'failed')];
    }
  }
}
