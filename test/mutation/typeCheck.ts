import { join } from 'node:path';
import ts from 'typescript';
import { ROOT } from './checkout.js';
import type { Mutant } from './mutants.js';

/** Finds mutants that do not compile. Nobody could commit them. */
export class TypeCheck {
  readonly #changed = new Map<string, { readonly version: number; readonly text: string }>();
  readonly #service: ts.LanguageService;

  constructor() {
    const config = ts.readConfigFile(join(ROOT, 'tsconfig.build.json'), (path) => ts.sys.readFile(path));
    const { options, fileNames } = ts.parseJsonConfigFileContent(config.config, ts.sys, ROOT);
    this.#service = ts.createLanguageService({
      getCompilationSettings: () => ({ ...options, noUnusedLocals: false, noUnusedParameters: false }),
      getScriptFileNames: () => fileNames,
      getScriptVersion: (file) => String(this.#changed.get(file)?.version ?? 0),
      getScriptSnapshot: (file) => {
        const text = this.#changed.get(file)?.text ?? ts.sys.readFile(file);
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
      },
      getCurrentDirectory: () => ROOT,
      getDefaultLibFileName: (own) => ts.getDefaultLibFilePath(own),
      fileExists: (path) => ts.sys.fileExists(path),
      readFile: (path) => ts.sys.readFile(path),
      readDirectory: (...args) => ts.sys.readDirectory(...args),
      directoryExists: (path) => ts.sys.directoryExists(path),
      getDirectories: (path) => ts.sys.getDirectories(path),
    });
  }

  /** Whether the file that the mutant changes still compiles. */
  compiles(mutant: Mutant, text: string): boolean {
    const file = join(ROOT, mutant.file);
    this.#write(file, text.slice(0, mutant.start) + mutant.replacement + text.slice(mutant.end));
    const errors = [...this.#service.getSyntacticDiagnostics(file), ...this.#service.getSemanticDiagnostics(file)];
    this.#write(file, text);
    return errors.length === 0;
  }

  #write(file: string, text: string): void {
    this.#changed.set(file, { version: (this.#changed.get(file)?.version ?? 0) + 1, text });
  }
}
