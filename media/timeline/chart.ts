import uPlot from 'uplot';
import type { TimelinePoint, TimelineRange } from '../../extension/timeline/protocol.js';
import { isOnLine, linesThrough } from './lines.js';
import { drawCurrent, drawMarker, drawPassing, drawSelected } from './markers.js';
import { readPalette, type Palette } from './palette.js';
import { nearest, topOf, type Position } from './viewport.js';
import type { Clock } from './words.js';

export interface ChartEvents {
  /** From one end of a drag to the other. */
  readonly onDrag: (startMs: number, endMs: number) => void;
  readonly onReset: () => void;
  /** Undefined if no point is near. */
  readonly onHover: (index: number | undefined) => void;
  readonly onPick: (index: number, isForComparison: boolean) => void;
}

/** The points to show (oldest first), the visible range, and the points that are marked. */
export interface ChartContent {
  readonly points: readonly TimelinePoint[];
  readonly range: TimelineRange;
  readonly current: number | undefined;
  /** Oldest first. */
  readonly selected: readonly number[];
}

/** The plot: axes and lines by uPlot, markers drawn here. */
export class Chart {
  private palette: Palette = readPalette();
  private readonly plot: uPlot;
  private top = 1;

  constructor(
    private readonly host: HTMLElement,
    clock: Clock,
    private content: ChartContent,
    private readonly events: ChartEvents,
  ) {
    this.top = topOf(content.points.map(({ features }) => features));
    this.plot = new uPlot(this.options(clock), linesThrough(content.points), host);
    this.listen();
    new ResizeObserver(() => this.plot.setSize(sizeOf(host))).observe(host);
  }

  show(content: ChartContent): void {
    const { points, range } = content;
    const hasNewPoints = points !== this.content.points;
    const isMoved =
      hasNewPoints || range.minMs !== this.content.range.minMs || range.maxMs !== this.content.range.maxMs;
    this.content = content;
    this.top = topOf(points.map(({ features }) => features));
    if (!isMoved) {
      this.plot.redraw(false, false);
      return;
    }
    this.plot.batch(() => {
      if (hasNewPoints) this.plot.setData(linesThrough(points), false);
      this.plot.setScale('x', { min: range.minMs, max: range.maxMs });
    });
  }

  /** Reads the colours again after a change of theme. */
  repaint(): void {
    this.palette = readPalette();
    this.plot.redraw(false, true);
  }

  /** The position of a point within the host, in CSS pixels; undefined outside the visible range. */
  positionOf(index: number): Position | undefined {
    const point = this.content.points[index];
    if (point === undefined || !this.isShown(point)) return undefined;
    const { x, y } = this.plotPosition(point);
    const over = this.plot.over.getBoundingClientRect();
    const own = this.host.getBoundingClientRect();
    return { x: x + over.left - own.left, y: y + over.top - own.top };
  }

  private options(clock: Clock): uPlot.Options {
    return {
      ...sizeOf(this.host),
      ms: 1,
      ...(clock.timeZone !== undefined && { tzDate: zoneDate(clock.timeZone) }),
      padding: [28, 20, 0, 0],
      legend: { show: false },
      cursor: {
        x: false,
        y: false,
        points: { show: false },
        drag: { x: true, y: false, setScale: false, dist: DRAG_DISTANCE },
        bind: { dblclick: () => this.reset },
      },
      scales: {
        x: { time: true, range: () => [this.content.range.minMs, this.content.range.maxMs] },
        y: { range: () => [0, this.top] },
      },
      axes: [this.timeAxis(clock), this.countAxis()],
      series: [{}, this.featuresLine(), this.passingLine()],
      hooks: {
        draw: [(plot) => this.drawMarks(plot.ctx)],
        setSelect: [(plot) => this.readDrag(plot)],
      },
    };
  }

  private readonly reset = (): null => {
    this.events.onReset();
    return null;
  };

  private timeAxis({ ticks }: Clock): uPlot.Axis {
    return {
      ...this.axis(),
      space: 80,
      size: 48,
      values: (_, splits, __, ___, stepMs) => ticks(splits, stepMs),
    };
  }

  private countAxis(): uPlot.Axis {
    return {
      ...this.axis(),
      incrs: COUNT_STEPS,
      size: (_, values: readonly string[] | null) =>
        18 + 8 * Math.max(1, ...(values ?? []).map((value) => value.length)),
    };
  }

  private axis(): uPlot.Axis {
    const grid = { stroke: () => this.palette.grid, width: 1 };
    return { stroke: () => this.palette.text, font: this.palette.font, grid, ticks: { ...grid, size: 4 } };
  }

  private featuresLine(): uPlot.Series {
    return { ...LINE, stroke: () => this.palette.features, width: 2 };
  }

  private passingLine(): uPlot.Series {
    return { ...LINE, stroke: () => this.palette.passing, fill: () => this.palette.passingArea, width: 1.5 };
  }

  private drawMarks(context: CanvasRenderingContext2D): void {
    const ratio = devicePixelRatio;
    const { left, top, width, height } = this.plot.bbox;
    context.save();
    context.beginPath();
    // A little larger than the plot, so markers on its edge are not cut off.
    context.rect(left - EDGE * ratio, 0, width + 2 * EDGE * ratio, top + height + EDGE * ratio);
    context.clip();
    context.translate(left, top);
    context.scale(ratio, ratio);
    this.drawPoints(context);
    this.drawHighlights(context, height / ratio);
    context.restore();
  }

  private drawPoints(context: CanvasRenderingContext2D): void {
    const shown = this.content.points
      .filter((point) => this.isShown(point))
      .map((point) => ({ point, position: this.plotPosition(point) }));
    const isLone = (index: number): boolean => {
      const x = shown[index]?.position.x ?? 0;
      return [shown[index - 1], shown[index + 1]].every((other) => !other || Math.abs(other.position.x - x) >= DENSE);
    };
    const markers = shown.map((each, index) => ({ ...each, isDense: !isLone(index) }));
    // Damaged and emergency backups are drawn on top.
    markers.sort((a, b) => rankOf(a.point) - rankOf(b.point));
    for (const { point, isDense } of markers) if (!isDense) this.drawPassing(context, point);
    for (const marker of markers) drawMarker(context, marker, this.palette);
  }

  private drawPassing(context: CanvasRenderingContext2D, point: TimelinePoint): void {
    if (point.passing === null || !isOnLine(point)) return;
    const { x } = this.plotPosition(point);
    drawPassing(context, { x, y: this.plot.valToPos(point.passing, 'y') }, this.palette);
  }

  private drawHighlights(context: CanvasRenderingContext2D, floorY: number): void {
    const { points, selected, current } = this.content;
    selected.forEach((index, order) => {
      const point = points[index];
      if (point && this.isShown(point))
        drawSelected(context, this.plotPosition(point), String(order + 1), this.palette);
    });
    const point = current === undefined ? undefined : points[current];
    if (point && this.isShown(point)) drawCurrent(context, this.plotPosition(point), floorY, this.palette);
  }

  private isShown({ atMs }: TimelinePoint): boolean {
    const { minMs, maxMs } = this.content.range;
    return atMs >= minMs && atMs <= maxMs;
  }

  /** Within the plotting area, in CSS pixels; uncounted backups are at the bottom. */
  private plotPosition({ atMs, features }: TimelinePoint): Position {
    return { x: this.plot.valToPos(atMs, 'x'), y: this.plot.valToPos(features ?? 0, 'y') };
  }

  private readDrag(plot: uPlot): void {
    const { left, width } = plot.select;
    if (width < DRAG_DISTANCE) return;
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.events.onDrag(plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x'));
  }

  private listen(): void {
    const { over } = this.plot;
    over.addEventListener('pointermove', (event) => {
      const index = this.indexAt(event);
      over.style.cursor = index === undefined ? 'crosshair' : 'pointer';
      this.events.onHover(index);
    });
    over.addEventListener('pointerleave', () => this.events.onHover(undefined));
    // uPlot stops the click at the end of a drag.
    over.addEventListener('click', (event) => {
      const index = this.indexAt(event);
      if (index !== undefined) this.events.onPick(index, event.shiftKey || event.ctrlKey || event.metaKey);
    });
  }

  private indexAt({ clientX, clientY }: MouseEvent): number | undefined {
    const { left, top } = this.plot.over.getBoundingClientRect();
    const positions = this.content.points.map((point) => (this.isShown(point) ? this.plotPosition(point) : NOWHERE));
    return nearest(positions, { x: clientX - left, y: clientY - top }, REACH);
  }
}

/** Maximum distance of the pointer from a point, in CSS pixels. */
const REACH = 20;
/** Minimum movement of a drag, in CSS pixels. */
const DRAG_DISTANCE = 5;
const EDGE = 9;
/** Points closer than this are drawn as dots. */
const DENSE = 7;
const NOWHERE: Position = { x: -Infinity, y: -Infinity };

const COUNT_STEPS = [1, 10, 100, 1000, 10_000, 100_000].flatMap((power) => [1, 2, 5].map((step) => step * power));

// Stepped lines, because a count is valid until the next backup.
const steps = uPlot.paths.stepped?.({ align: 1 });
const LINE: uPlot.Series = {
  ...(steps && { paths: steps }),
  points: { show: false },
  spanGaps: true,
};

function rankOf({ kind, condition }: TimelinePoint): number {
  return (condition === 'damaged' ? 2 : 0) + (kind === 'emergency' ? 1 : 0);
}

function sizeOf({ clientWidth, clientHeight }: HTMLElement): { readonly width: number; readonly height: number } {
  return { width: Math.max(clientWidth, 120), height: Math.max(clientHeight, 120) };
}

function zoneDate(timeZone: string): (timestampMs: number) => Date {
  return (timestampMs) => uPlot.tzDate(new Date(timestampMs), timeZone);
}
