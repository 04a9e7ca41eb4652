import type { TimelinePoint } from '../../extension/timeline/protocol.js';
import type { Palette } from './palette.js';
import type { Position } from './viewport.js';

export interface Marker {
  readonly point: TimelinePoint;
  readonly position: Position;
  /** Whether the neighbouring points are so close that only a dot fits. */
  readonly isDense: boolean;
}

/**
 * Ordinary backups are discs (hollow: not verified), emergency backups diamonds (hollow: raw files), damaged ones crosses,
 * so that they differ not only in colour.
 */
export function drawMarker(context: CanvasRenderingContext2D, marker: Marker, palette: Palette): void {
  const { point, position, isDense } = marker;
  context.save();
  context.translate(position.x, position.y);
  context.lineWidth = 1.5;
  if (point.kind === 'emergency') drawDiamond(context, point, palette);
  else if (point.condition !== 'damaged') drawDisc(context, isDense, point.condition === 'unverified', palette);
  if (point.condition === 'damaged') drawCross(context, point.kind === 'emergency' ? 3 : 5, palette);
  context.restore();
}

/** A dot at the number of passing features. */
export function drawPassing(context: CanvasRenderingContext2D, { x, y }: Position, palette: Palette): void {
  context.beginPath();
  context.arc(x, y, 2.5, 0, 2 * Math.PI);
  fill(context, palette.passing);
}

/** A ring around the current point, and a line down to the time axis. */
export function drawCurrent(
  context: CanvasRenderingContext2D,
  { x, y }: Position,
  floorY: number,
  palette: Palette,
): void {
  context.save();
  context.strokeStyle = palette.focus;
  context.lineWidth = 1;
  context.setLineDash([3, 3]);
  line(context, x, y + RING_RADIUS, x, floorY);
  context.setLineDash([]);
  context.lineWidth = 2;
  ring(context, { x, y });
  context.restore();
}

/** A ring around a selected point, and its number above. */
export function drawSelected(
  context: CanvasRenderingContext2D,
  position: Position,
  label: string,
  palette: Palette,
): void {
  context.save();
  context.strokeStyle = palette.text;
  context.lineWidth = 1.5;
  ring(context, position);
  const y = position.y - RING_RADIUS - 9;
  context.beginPath();
  context.arc(position.x, y, 8, 0, 2 * Math.PI);
  context.fillStyle = palette.text;
  context.fill();
  context.fillStyle = palette.background;
  context.font = `bold ${palette.font.replace('12px', '11px')}`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillText(label, position.x, y + 0.5);
  context.restore();
}

const RING_RADIUS = 8;

function drawDisc(context: CanvasRenderingContext2D, isDense: boolean, isHollow: boolean, palette: Palette): void {
  context.beginPath();
  context.arc(0, 0, isDense ? 3 : 4.5, 0, 2 * Math.PI);
  if (isDense && !isHollow) fill(context, palette.features);
  else paint(context, isHollow, palette.features, palette);
}

function drawDiamond(context: CanvasRenderingContext2D, { condition }: TimelinePoint, palette: Palette): void {
  context.beginPath();
  context.moveTo(0, -6);
  context.lineTo(6, 0);
  context.lineTo(0, 6);
  context.lineTo(-6, 0);
  context.closePath();
  paint(context, condition === 'raw' || condition === 'damaged', palette.emergency, palette);
}

function drawCross(context: CanvasRenderingContext2D, arm: number, palette: Palette): void {
  // An outline in the background colour separates the cross from the lines below.
  for (const [color, width] of [
    [palette.background, 5],
    [palette.damaged, 2.5],
  ] as const) {
    context.strokeStyle = color;
    context.lineWidth = width;
    context.lineCap = 'round';
    line(context, -arm, -arm, arm, arm);
    line(context, arm, -arm, -arm, arm);
  }
}

function paint(context: CanvasRenderingContext2D, isHollow: boolean, color: string, palette: Palette): void {
  context.fillStyle = isHollow ? palette.background : color;
  context.strokeStyle = isHollow ? color : palette.background;
  context.fill();
  context.stroke();
}

function fill(context: CanvasRenderingContext2D, color: string): void {
  context.fillStyle = color;
  context.fill();
}

function ring(context: CanvasRenderingContext2D, { x, y }: Position): void {
  context.beginPath();
  context.arc(x, y, RING_RADIUS, 0, 2 * Math.PI);
  context.stroke();
}

function line(context: CanvasRenderingContext2D, fromX: number, fromY: number, toX: number, toY: number): void {
  context.beginPath();
  context.moveTo(fromX, fromY);
  context.lineTo(toX, toY);
  context.stroke();
}
