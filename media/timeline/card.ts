import type { TimelinePoint } from '../../extension/timeline/protocol.js';
import { cardPosition, type Position, type Size } from './viewport.js';

/** Shows the details of a point beside it, within `host`. */
export function showCard(card: HTMLElement, host: HTMLElement, point: TimelinePoint, position: Position): void {
  card.replaceChildren(...linesOf(point));
  card.hidden = false;
  const { left, top } = cardPosition(position, sizeOf(card), { width: host.clientWidth, height: host.clientHeight });
  card.style.left = `${left}px`;
  card.style.top = `${top}px`;
}

function sizeOf({ offsetWidth, offsetHeight }: HTMLElement): Size {
  return { width: offsetWidth, height: offsetHeight };
}

function linesOf({ reason, when, counts, state, size, git }: TimelinePoint): readonly HTMLElement[] {
  const title = document.createElement('strong');
  title.textContent = reason;
  const rest = [when, counts, `${state} · ${size}`, git].filter((text) => text !== null);
  return [title, ...rest.map(lineOf)];
}

function lineOf(text: string): HTMLElement {
  const line = document.createElement('div');
  line.textContent = text;
  return line;
}
