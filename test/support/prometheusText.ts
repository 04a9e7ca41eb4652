export interface ExposedMetric {
  readonly name: string;
  readonly help: string | undefined;
  readonly type: string;
  readonly samples: readonly ExposedSample[];
}

export interface ExposedSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*';
const VALUE = '[+-]?(?:\\d+(?:\\.\\d*)?(?:[eE][+-]?\\d+)?|Inf)|NaN';

/**
 * Parses Prometheus' text exposition format 0.0.4 strictly by its specification
 * (https://prometheus.io/docs/instrumenting/exposition_formats/): every line ends with a line feed; HELP and TYPE occur
 * once for each metric before its samples; a metric's samples are in one group; no two have the same labels. Throws
 * otherwise.
 */
export function parseExposition(text: string): readonly ExposedMetric[] {
  if (!text.endsWith('\n')) throw new Error('The last line must end with a line feed');
  const metrics = new Map<string, { help?: string; type?: string; samples: ExposedSample[] }>();
  const seen = new Set<string>();
  let current = '';
  for (const line of text.slice(0, -1).split('\n')) {
    const comment = new RegExp(`^# (HELP|TYPE) (${NAME}) (.*)$`, 's').exec(line);
    const name = comment?.[2] ?? new RegExp(`^(${NAME})[{ ]`).exec(line)?.[1];
    if (name === undefined) throw new Error(`Not a line of the format: ${JSON.stringify(line)}`);
    if (name !== current && metrics.has(name)) throw new Error(`${name} is not in one group`);
    current = name;
    const metric = metrics.get(name) ?? { samples: [] };
    metrics.set(name, metric);
    if (comment !== null) {
      const key = comment[1] === 'HELP' ? 'help' : 'type';
      if (metric[key] !== undefined) throw new Error(`A second ${key} of ${name}`);
      if (metric.samples.length > 0) throw new Error(`The ${key} of ${name} comes after its samples`);
      metric[key] = comment[3] ?? '';
      continue;
    }
    const sample = parseSample(line, name);
    const identity = name + JSON.stringify(Object.entries(sample.labels).sort());
    if (seen.has(identity)) throw new Error(`Twice the same: ${line}`);
    seen.add(identity);
    metric.samples.push(sample);
  }
  return [...metrics].map(([name, { help, type = 'untyped', samples }]) => ({ name, help, type, samples }));
}

function parseSample(line: string, name: string): ExposedSample {
  const pair = new RegExp(`(${LABEL})="((?:[^"\\\\\\n]|\\\\[\\\\"n])*)"(,|(?=\\}))`, 'y');
  const labels: Record<string, string> = {};
  let at = name.length;
  if (line[at] === '{') {
    for (at += 1; line[at] !== '}'; at = pair.lastIndex) {
      pair.lastIndex = at;
      const [, label, value] = pair.exec(line) ?? [];
      if (label === undefined || value === undefined) throw new Error(`No label at ${String(at)}: ${line}`);
      if (label in labels) throw new Error(`Twice the label ${label}: ${line}`);
      labels[label] = value.replace(/\\([\\"n])/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
    }
    at += 1;
  }
  const value = new RegExp(`^ (${VALUE})(?: \\d+)?$`).exec(line.slice(at))?.[1];
  if (value === undefined) throw new Error(`No value: ${line}`);
  return { labels, value: Number(value.replace('Inf', 'Infinity')) };
}
