import { isRecord } from '../../system/index.js';
import { editJson, type JsonEdit } from './editJson.js';
import { cannotEdit, LEFTHOOK_COMMAND, lefthookCommand } from './lefthookCommand.js';
import { HOOKS } from './hookPlan.js';

/** The text of a JSON configuration of lefthook with the commands added. */
export async function addToJson(text: string, path: string, file: string): Promise<string> {
  const { parse } = await import('jsonc-parser');
  const json: unknown = parse(text);
  const edits = HOOKS.map((hook): JsonEdit => {
    const section = isRecord(json) ? json[hook] : null;
    const commands = isRecord(section) ? section.commands : section;
    if (section !== undefined && !isRecord(section)) throw cannotEdit(path, hook);
    if (commands !== undefined && !isRecord(commands)) throw cannotEdit(path, hook);
    return { path: [hook, 'commands', LEFTHOOK_COMMAND], value: lefthookCommand(hook, file) };
  });
  return await editJson(text, edits);
}

/** The text without the added commands; undefined if it has none. */
export async function removeFromJson(text: string): Promise<string | undefined> {
  const { parse } = await import('jsonc-parser');
  const json: unknown = parse(text);
  const edits = HOOKS.flatMap((hook): readonly JsonEdit[] => {
    const section = isRecord(json) ? json[hook] : undefined;
    const commands = isRecord(section) ? section.commands : undefined;
    if (!isRecord(section) || !isRecord(commands) || !(LEFTHOOK_COMMAND in commands)) return [];
    // Parts that contain nothing else go too.
    if (Object.keys(commands).length > 1) return [{ path: [hook, 'commands', LEFTHOOK_COMMAND], value: undefined }];
    if (Object.keys(section).length > 1) return [{ path: [hook, 'commands'], value: undefined }];
    return [{ path: [hook], value: undefined }];
  });
  return edits.length === 0 ? undefined : await editJson(text, edits);
}
