/**
 * Whether a module that stands in place of another one has the types that the rest of the reference asks for.
 *
 * The TypeScript checker reads every program with the other module in place, so an export that is missing or has another type is
 * found where it is used; only those places are checked. For the suite of all chapters; the build only bundles.
 */
import { readFileSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import ts from 'typescript'
import type { Replacement } from './kit/types.ts'
import { isLabAnswer } from './replaced.ts'

const ENTRY = 'reference/programs.ts'
const ESM = ts.ModuleKind.ESNext

/** What does not fit, one sentence each; none when the programs can be compiled with every module in place. */
export function replacementFaults(instead: readonly Replacement[]): readonly string[] {
  const answers = new Map(
    instead
      .filter(({ by }) => isLabAnswer(by))
      .map(({ replaces, by }) => [resolve(replaces), readFileSync(by, 'utf8')]),
  )
  const others = instead.filter(({ by }) => !isLabAnswer(by))
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2023,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    allowImportingTsExtensions: true,
    noEmit: true,
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: true,
    types: ['node'],
  }
  const host = ts.createCompilerHost(options)
  host.getSourceFile = (path, version) => {
    const answer = answers.get(resolve(path))
    return answer === undefined ? sourceFile(host, path, version) : ts.createSourceFile(path, answer, version)
  }
  /** Modules that import a replaced one: where a type that does not fit is found. */
  const importers = new Set<string>()
  // whoever imports a replaced module gets the other one; only the other one itself may import what it replaces
  host.resolveModuleNameLiterals = (literals, importer) =>
    literals.map(({ text }) => {
      const { resolvedModule } = ts.resolveModuleName(text, importer, options, host, undefined, undefined, ESM)
      const file = resolvedModule === undefined ? '' : resolve(resolvedModule.resolvedFileName)
      const found = others.find(({ replaces, by }) => resolve(replaces) === file && resolve(by) !== resolve(importer))
      if (answers.has(file)) importers.add(resolve(importer))
      if (resolvedModule === undefined || found === undefined) return { resolvedModule }
      importers.add(resolve(importer))
      return { resolvedModule: { ...resolvedModule, resolvedFileName: resolve(found.by) } }
    })
  const own = others.map(({ by }) => resolve(by))
  const program = ts.createProgram([resolve(ENTRY), ...own], options, host)
  const read = [...new Set([...own, ...answers.keys(), ...importers])].map((path) => program.getSourceFile(path))
  return read
    .filter((file) => file !== undefined)
    .flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)])
    .map(sentenceOf)
}

const parsed = new Map<string, ts.SourceFile>()

/** A source file, read once for all checks. */
function sourceFile(host: ts.CompilerHost, path: string, version: ts.ScriptTarget | ts.CreateSourceFileOptions) {
  const known = parsed.get(path)
  const text = known === undefined ? host.readFile(path) : undefined
  if (text !== undefined) parsed.set(path, ts.createSourceFile(path, text, version))
  return parsed.get(path)
}

function sentenceOf({ file, start, messageText }: ts.Diagnostic): string {
  const text = ts.flattenDiagnosticMessageText(messageText, ' ')
  if (file === undefined || start === undefined) return text
  const { line } = file.getLineAndCharacterOfPosition(start)
  return `${relative('.', file.fileName)}:${line + 1}: ${text}`
}
