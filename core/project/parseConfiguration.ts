import { parseTree, printParseErrorCode, type Node, type ParseError } from 'jsonc-parser';
import { BackupError } from '../errors.js';
import type { RetentionPolicy } from './types.js';
import {
  CONFIGURATION_KEYS,
  EXPECTED_KEEP_COUNT,
  RETENTION_KEYS,
  isKeepCount,
  isPathText,
  type ConfigurationLayer,
} from './configurationKeys.js';

/**
 * Reads JSON with comments. Every wrong value is collected, and all are thrown together as one `configuration` error
 * with file, line and key; unknown keys are only warned about, so that an older version reads a newer file.
 */
export function parseConfiguration(
  text: string,
  path: string,
  onWarning: (warning: string) => void = () => undefined,
): ConfigurationLayer {
  const reader = new ConfigurationReader(withoutByteOrderMark(text), path, onWarning);
  const layer = reader.read();
  if (reader.problems.length === 0) return layer;
  throw new BackupError(reader.problems.join('\n'), {
    code: 'configuration',
    operation: 'read the configuration',
    path,
    hint: 'Correct the file; its keys are described in media/feature-backups.schema.json.',
  });
}

interface Property {
  readonly key: string;
  readonly value: Node;
}

class ConfigurationReader {
  readonly problems: string[] = [];

  constructor(
    private readonly text: string,
    private readonly path: string,
    private readonly onWarning: (warning: string) => void,
  ) {}

  read(): ConfigurationLayer {
    const errors: ParseError[] = [];
    const tree = parseTree(this.text, errors, { allowTrailingComma: true, allowEmptyContent: true });
    for (const { error, offset } of errors.slice(0, 3)) {
      this.problems.push(`${this.place(offset)}: not valid JSON (${printParseErrorCode(error)})`);
    }
    if (tree === undefined || errors.length > 0) return {};
    const properties = this.properties(tree, '', CONFIGURATION_KEYS);
    return {
      database: this.value(properties, 'database', isPathText, 'a path inside the project'),
      store: this.value(properties, 'store', isPathText, 'the path of a folder'),
      retention: this.retention(properties),
      strict: this.value(properties, 'strict', (value) => typeof value === 'boolean', 'true or false'),
    };
  }

  private retention(properties: readonly Property[]): Partial<RetentionPolicy> | undefined {
    const node = properties.findLast(({ key }) => key === 'retention')?.value;
    if (node === undefined) return undefined;
    const rules = this.properties(node, 'retention.', RETENTION_KEYS);
    const policy: Partial<Record<keyof RetentionPolicy, number>> = {};
    for (const key of RETENTION_KEYS) {
      const count = this.value(rules, key, isKeepCount, EXPECTED_KEEP_COUNT, 'retention.');
      if (count !== undefined) policy[key] = count;
    }
    return policy;
  }

  /** The properties of an object that are known here; the others are warned about. */
  private properties(node: Node, prefix: string, known: readonly string[]): readonly Property[] {
    if (node.type !== 'object') {
      const what = prefix === '' ? 'the file' : prefix.slice(0, -1);
      this.problems.push(`${this.place(node.offset)}: ${what} must be an object in braces`);
      return [];
    }
    const found: Property[] = [];
    for (const { children, offset } of node.children ?? []) {
      const [name, value] = children ?? [];
      const key: unknown = name?.value;
      if (typeof key !== 'string' || value === undefined) continue;
      if (known.includes(key)) found.push({ key, value });
      else this.onWarning(`${this.place(offset)}: unknown key ${JSON.stringify(prefix + key)} was ignored`);
    }
    return found;
  }

  private value<T>(
    properties: readonly Property[],
    key: string,
    isRight: (value: unknown) => value is T,
    expected: string,
    prefix = '',
  ): T | undefined {
    // As JSON.parse has it: of a key given twice the last one counts.
    const node = properties.findLast((property) => property.key === key)?.value;
    if (node === undefined) return undefined;
    const value: unknown = node.value;
    if (isRight(value)) return value;
    const actual = this.text.slice(node.offset, node.offset + Math.min(node.length, 60));
    this.problems.push(`${this.place(node.offset)}: ${prefix}${key} must be ${expected}, not ${actual}`);
    return undefined;
  }

  private place(offset: number): string {
    return `${this.path}:${String(this.text.slice(0, offset).split('\n').length)}`;
  }
}

function withoutByteOrderMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}
