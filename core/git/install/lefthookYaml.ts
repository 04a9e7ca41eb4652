import { BLOCK_END, BLOCK_START } from './shellBlock.js';
import { cannotEdit, lefthookCommand } from './lefthookCommand.js';
import type { Hook } from './hookPlan.js';

/** The text of a YAML configuration of lefthook with the command added to a hook. */
export function addToYaml(text: string, hook: Hook, path: string, file: string): string {
  const key = new RegExp(`^(['"]?)${hook}\\1[ \\t]*:([^\\n]*)(?:\\n|$)`, 'm').exec(text);
  if (key === null) {
    const separator = text === '' || text.endsWith('\n') ? '' : '\n';
    return `${text}${separator}${block([`${hook}:`, '  commands:', ...command(hook, '    ', file)], '')}`;
  }
  const start = key.index + key[0].length;
  const section = /^(?:[ \t]+[^\n]*(?:\n|$)|[ \t]*(?:#[^\n]*)?\n)*/.exec(text.slice(start))?.[0] ?? '';
  const indent = /^([ \t]+)[^\s#]/m.exec(section)?.[1];
  const isPlain = /^[ \t]*(?:#.*)?$/.test(key[2] ?? '') && key[0].endsWith('\n');
  if (!isPlain || indent === undefined) throw cannotEdit(path, hook);
  const commands = new RegExp(`^${indent}commands[ \\t]*:[ \\t]*(?:#[^\\n]*)?\\n`, 'm').exec(section);
  if (commands === null) {
    if (new RegExp(`^${indent}commands\\b`, 'm').test(section)) throw cannotEdit(path, hook);
    return insertAt(text, start, block([`${indent}commands:`, ...command(hook, indent.repeat(2), file)], indent));
  }
  const inner = section.slice(commands.index + commands[0].length);
  const innerIndent = /^([ \t]+)[^\s#]/m.exec(inner)?.[1];
  if (innerIndent === undefined || innerIndent.length <= indent.length) throw cannotEdit(path, hook);
  const position = start + commands.index + commands[0].length;
  return insertAt(text, position, block(command(hook, innerIndent, file), innerIndent));
}

function insertAt(text: string, position: number, insertion: string): string {
  return text.slice(0, position) + insertion + text.slice(position);
}

function block(lines: readonly string[], indent: string): string {
  return [`${indent}${BLOCK_START}`, ...lines, `${indent}${BLOCK_END}`, ''].join('\n');
}

function command(hook: Hook, indent: string, file: string): readonly string[] {
  const deeper = indent + (indent.includes('\t') ? '\t' : '  ');
  const lines = Object.entries(lefthookCommand(hook, file)).map(([key, value]) => `${key}: ${String(value)}`);
  return [`${indent}feature-backups:`, ...lines.map((line) => deeper + line)];
}
