import { parseMessageToPage, type TimelineData } from '../../extension/timeline/protocol.js';
import { loadState, send } from './editor.js';
import { elements } from './elements.js';
import { onThemeChange } from './palette.js';
import { showNote, showPage } from './page.js';
import { TimelineView } from './timelineView.js';

let view: TimelineView | undefined;

window.addEventListener('error', ({ message }) => send({ type: 'failed', message }));
window.addEventListener('unhandledrejection', ({ reason }) => send({ type: 'failed', message: String(reason) }));
window.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
  const message = parseMessageToPage(data);
  if (message?.type === 'data') showData(message.data);
  else if (message?.type === 'note') showNote(message.text);
});
elements.backUp.addEventListener('click', () => send({ type: 'backUp' }));
onThemeChange(() => view?.repaint());
send({ type: 'ready' });

function showData(data: TimelineData): void {
  showPage(data);
  // uPlot needs a visible element, so the view is created with the first backup.
  if (view === undefined && data.points.length > 0) view = new TimelineView(data, loadState());
  else view?.show(data);
  send({ type: 'drawn', pointCount: data.points.length });
}
