import type { TimelineData, TimelinePoint, TimelineRange, TimelineState } from '../../extension/timeline/protocol.js';
import { showCard } from './card.js';
import { Chart, type ChartContent } from './chart.js';
import { saveState, send } from './editor.js';
import { elements } from './elements.js';
import { dragged, fullRange, panned, stepped, toggled, clampRange, zoomed } from './viewport.js';
import { clockOf, fill, type Clock } from './words.js';

const ZOOM_STEP = 0.5;
const PAGE = 10;

/** The state of the timeline (zoom, current point, selection) and its display. */
export class TimelineView {
  private readonly chart: Chart;
  private readonly clock: Clock;
  private zoom: TimelineRange | undefined;
  private selected: readonly string[];
  private currentId: string | undefined;
  private hovered: number | undefined;

  constructor(
    private data: TimelineData,
    state: TimelineState | undefined,
  ) {
    const isOurs = state?.root === data.root;
    this.selected = isOurs ? state.selected : [];
    this.currentId = isOurs ? state.current : undefined;
    this.zoom = isOurs ? state.zoom : undefined;
    this.limitToAvailable();
    this.clock = clockOf(data);
    this.chart = new Chart(elements.chart, this.clock, this.content(), {
      onDrag: (startMs, endMs) => this.zoomTo(dragged(startMs, endMs, this.full())),
      onReset: () => this.zoomTo(undefined),
      onHover: (index) => this.hover(index),
      onPick: (index, isForComparison) => this.pick(index, isForComparison),
    });
    this.listen();
    this.update();
  }

  show(data: TimelineData): void {
    this.data = data;
    this.hovered = undefined;
    this.limitToAvailable();
    if (data.points.length > 0) this.update();
  }

  repaint(): void {
    this.chart.repaint();
  }

  /** Drops deleted backups from the state. */
  private limitToAvailable(): void {
    const ids = new Set(this.data.points.map(({ id }) => id));
    this.selected = this.selected.filter((id) => ids.has(id));
    if (this.currentId !== undefined && !ids.has(this.currentId)) this.currentId = undefined;
    const full = fullRange(this.times());
    if (this.zoom !== undefined && full !== undefined) this.zoom = clampRange(this.zoom, full);
  }

  private listen(): void {
    elements.chart.addEventListener('keydown', (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !this.press(event.key)) return;
      event.preventDefault();
      event.stopPropagation();
    });
    elements.chart.addEventListener('focus', () => this.updateCard());
    elements.chart.addEventListener('blur', () => this.updateCard());
    elements.zoomIn.addEventListener('click', () => this.zoomBy(ZOOM_STEP));
    elements.zoomOut.addEventListener('click', () => this.zoomBy(1 / ZOOM_STEP));
    elements.showAll.addEventListener('click', () => this.zoomTo(undefined));
    elements.clearSelection.addEventListener('click', () => this.select([]));
    elements.compare.addEventListener('click', () => this.compare());
    window.addEventListener('resize', () => this.updateCard());
  }

  /** False if the key is not handled. */
  private press(key: string): boolean {
    const action = this.keys[key];
    action?.();
    return action !== undefined;
  }

  private readonly keys: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => this.step(-1),
    ArrowDown: () => this.step(-1),
    ArrowRight: () => this.step(1),
    ArrowUp: () => this.step(1),
    PageUp: () => this.step(-PAGE),
    PageDown: () => this.step(PAGE),
    Home: () => this.step(-Infinity),
    End: () => this.step(Infinity),
    Enter: () => this.reveal(),
    ' ': () => this.toggleCurrent(),
    '+': () => this.zoomBy(ZOOM_STEP),
    '=': () => this.zoomBy(ZOOM_STEP),
    '-': () => this.zoomBy(1 / ZOOM_STEP),
    Escape: () => this.zoomTo(undefined),
  };

  private step(by: number): void {
    const { points } = this.data;
    const index = stepped(this.currentIndex(), by, points.length);
    const point = index === undefined ? undefined : points[index];
    if (point === undefined) return;
    this.currentId = point.id;
    this.hovered = undefined;
    if (this.zoom !== undefined) this.zoom = panned(this.zoom, this.full(), point.atMs);
    this.update();
    this.announce(this.spoken(point));
  }

  private spoken(point: TimelinePoint): string {
    const { points, words } = this.data;
    const position = fill(words.position, points.indexOf(point) + 1, points.length);
    const selection = this.selected.includes(point.id) ? words.selected : null;
    const { reason, when, counts, state, size, git } = point;
    return [reason, when, counts, state, size, git, selection, position].filter((text) => text !== null).join(', ');
  }

  private hover(index: number | undefined): void {
    if (index === this.hovered) return;
    this.hovered = index;
    this.chart.show(this.content());
    this.updateCard();
  }

  private pick(index: number, isForComparison: boolean): void {
    const point = this.data.points[index];
    if (point === undefined) return;
    this.currentId = point.id;
    this.update();
    if (isForComparison) this.toggleCurrent();
    else this.reveal();
  }

  private reveal(): void {
    if (this.currentId !== undefined) send({ type: 'reveal', id: this.currentId });
  }

  private toggleCurrent(): void {
    const point = this.data.points.find(({ id }) => id === this.currentId);
    if (point === undefined) return;
    const { words } = this.data;
    if (!point.isComparable) {
      this.announce(words.notComparable);
      elements.comparison.textContent = words.notComparable;
      return;
    }
    this.select(toggled(this.selected, point.id));
    this.announce(this.selected.includes(point.id) ? words.selected : words.unselected);
  }

  private select(ids: readonly string[]): void {
    this.selected = ids;
    this.update();
  }

  private compare(): void {
    const [first, second] = this.selectedPoints();
    if (first !== undefined && second !== undefined) send({ type: 'compare', ids: [first.id, second.id] });
  }

  private zoomBy(factor: number): void {
    const full = this.full();
    const range = this.zoom ?? full;
    const current = this.data.points[this.currentIndex() ?? -1]?.atMs;
    const isInside = current !== undefined && current >= range.minMs && current <= range.maxMs;
    this.zoomTo(zoomed(range, full, factor, isInside ? current : (range.minMs + range.maxMs) / 2));
  }

  private zoomTo(range: TimelineRange | undefined): void {
    this.zoom = range;
    this.update();
    this.announce(elements.range.textContent);
  }

  private update(): void {
    this.chart.show(this.content());
    this.updateCard();
    this.updateControls();
    const { root } = this.data;
    saveState({ root, zoom: this.zoom, selected: [...this.selected], current: this.currentId });
  }

  private updateCard(): void {
    const { chart, card } = elements;
    const index = this.hovered ?? (document.activeElement === chart ? this.currentIndex() : undefined);
    const point = index === undefined ? undefined : this.data.points[index];
    const position = index === undefined ? undefined : this.chart.positionOf(index);
    if (point !== undefined && position !== undefined) showCard(card, chart, point, position);
    else card.hidden = true;
  }

  private updateControls(): void {
    const { words } = this.data;
    const { zoom } = this;
    elements.range.textContent = zoom === undefined ? words.showingAll : this.rangeWords(zoom);
    elements.showAll.disabled = zoom === undefined;
    elements.zoomOut.disabled = zoom === undefined;
    const [first, second] = this.selectedPoints();
    elements.compare.disabled = second === undefined;
    elements.clearSelection.hidden = first === undefined;
    elements.comparison.textContent =
      first === undefined
        ? words.selectTwo
        : second === undefined
          ? fill(words.selectOneMore, this.nameOf(first))
          : fill(words.bothSelected, this.nameOf(first), this.nameOf(second));
  }

  private nameOf({ reason, atMs }: TimelinePoint): string {
    return `${reason} (${this.clock.end(atMs, 0)})`;
  }

  private rangeWords({ minMs, maxMs }: TimelineRange): string {
    const end = (atMs: number): string => this.clock.end(atMs, maxMs - minMs);
    return fill(this.data.words.showingRange, end(minMs), end(maxMs));
  }

  private content(): ChartContent {
    const { points } = this.data;
    const selected = this.selectedPoints().map((point) => points.indexOf(point));
    return { points, range: this.zoom ?? this.full(), current: this.hovered ?? this.currentIndex(), selected };
  }

  /** Oldest first. */
  private selectedPoints(): readonly TimelinePoint[] {
    return this.data.points.filter(({ id }) => this.selected.includes(id));
  }

  private currentIndex(): number | undefined {
    const index = this.data.points.findIndex(({ id }) => id === this.currentId);
    return index === -1 ? undefined : index;
  }

  private full(): TimelineRange {
    return fullRange(this.times()) ?? { minMs: 0, maxMs: 1 };
  }

  private times(): readonly number[] {
    return this.data.points.map(({ atMs }) => atMs);
  }

  private announce(text: string): void {
    elements.live.textContent = text;
  }
}
