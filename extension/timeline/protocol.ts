import * as v from 'valibot';

/**
 * The messages between the extension and the timeline page. Both sides validate them, because the page shows untrusted
 * texts.
 */

const point = v.object({
  id: v.string(),
  atMs: v.number(),
  kind: v.picklist(['ordinary', 'emergency']),
  condition: v.picklist(['damaged', 'pinned', 'raw', 'verified', 'unverified']),
  /** Null = not counted. */
  features: v.nullable(v.number()),
  passing: v.nullable(v.number()),
  isComparable: v.boolean(),
  /** The following texts are shown as they are. */
  reason: v.string(),
  when: v.string(),
  counts: v.string(),
  state: v.string(),
  size: v.string(),
  git: v.nullable(v.string()),
});

const share = v.object({ sizeBytes: v.number(), text: v.string() });

const words = v.object({
  selectTwo: v.string(),
  /** `{0}`: the selected backup. */
  selectOneMore: v.string(),
  bothSelected: v.string(),
  selected: v.string(),
  unselected: v.string(),
  notComparable: v.string(),
  /** `{0}` of `{1}`. */
  position: v.string(),
  showingAll: v.string(),
  /** From `{0}` to `{1}`. */
  showingRange: v.string(),
});

const data = v.object({
  root: v.string(),
  heading: v.string(),
  summary: v.string(),
  /** Oldest first. */
  points: v.array(point),
  storage: v.object({ text: v.string(), ordinary: share, emergency: share }),
  canBackUp: v.boolean(),
  /** Of the extension, which may run on a different machine from the page. */
  locale: v.string(),
  timeZone: v.string(),
  words,
});

const toPage = v.variant('type', [
  v.object({ type: v.literal('data'), data }),
  /** Shown instead of a timeline. */
  v.object({ type: v.literal('note'), text: v.string() }),
]);

const toExtension = v.variant('type', [
  /** The page is ready for messages. */
  v.object({ type: v.literal('ready') }),
  /** The page has drawn the data. */
  v.object({ type: v.literal('drawn'), pointCount: v.number() }),
  v.object({ type: v.literal('reveal'), id: v.string() }),
  v.object({ type: v.literal('compare'), ids: v.tuple([v.string(), v.string()]) }),
  v.object({ type: v.literal('backUp') }),
  /** A bug of the page, for the log. */
  v.object({ type: v.literal('failed'), message: v.string() }),
]);

const range = v.object({ minMs: v.number(), maxMs: v.number() });

/** The state that the page keeps while hidden and across restarts of VS Code. */
const state = v.object({
  root: v.string(),
  /** Undefined = everything is visible. */
  zoom: v.optional(range),
  /** Backups selected for comparison, in the order of selection. */
  selected: v.array(v.string()),
  current: v.optional(v.string()),
});

export type TimelinePoint = Readonly<v.InferOutput<typeof point>>;
export type TimelineData = Readonly<v.InferOutput<typeof data>>;
export type TimelineWords = Readonly<v.InferOutput<typeof words>>;
export type TimelineRange = Readonly<v.InferOutput<typeof range>>;
export type TimelineState = Readonly<v.InferOutput<typeof state>>;
export type MessageToPage = v.InferOutput<typeof toPage>;
export type MessageToExtension = v.InferOutput<typeof toExtension>;

/** Undefined for an invalid message. */
export function parseMessageToPage(value: unknown): MessageToPage | undefined {
  const parsed = v.safeParse(toPage, value);
  return parsed.success ? parsed.output : undefined;
}

export function parseMessageToExtension(value: unknown): MessageToExtension | undefined {
  const parsed = v.safeParse(toExtension, value);
  return parsed.success ? parsed.output : undefined;
}

export function parseTimelineState(value: unknown): TimelineState | undefined {
  const parsed = v.safeParse(state, value);
  return parsed.success ? parsed.output : undefined;
}
