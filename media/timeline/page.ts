import type { TimelineData, TimelinePoint } from '../../extension/timeline/protocol.js';
import { elements } from './elements.js';

/** Updates the title, the storage and the table for screen readers. */
export function showPage({ heading, summary, storage, points, canBackUp }: TimelineData): void {
  elements.heading.textContent = heading;
  elements.summary.textContent = summary;
  elements.note.hidden = true;
  elements.main.hidden = points.length === 0;
  elements.empty.hidden = points.length > 0;
  elements.backUp.hidden = !canBackUp;
  showStorage(storage, points.length > 0);
  elements.rows.replaceChildren(...points.map(rowOf));
}

/** Shows a note instead of the timeline. */
export function showNote(text: string): void {
  elements.note.textContent = text;
  elements.note.hidden = false;
  elements.main.hidden = true;
  elements.empty.hidden = true;
  elements.storage.hidden = true;
}

function showStorage({ text, ordinary, emergency }: TimelineData['storage'], isShown: boolean): void {
  elements.storage.hidden = !isShown;
  elements.storageText.textContent = text;
  elements.ordinaryText.textContent = ordinary.text;
  elements.emergencyText.textContent = emergency.text;
  elements.ordinaryBar.style.flexGrow = String(ordinary.sizeBytes);
  elements.emergencyBar.style.flexGrow = String(emergency.sizeBytes);
  elements.emergencyBar.hidden = emergency.sizeBytes === 0;
  elements.emergencyText.hidden = emergency.sizeBytes === 0;
}

function rowOf({ when, reason, features, passing, state, size, git }: TimelinePoint): HTMLElement {
  const row = document.createElement('tr');
  const known = (count: number | null): string => (count === null ? '' : String(count));
  for (const text of [when, reason, known(features), known(passing), state, size, git ?? '']) {
    const cell = document.createElement('td');
    cell.textContent = text;
    row.append(cell);
  }
  return row;
}
