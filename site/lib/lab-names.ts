/**
 * Reads the names that an editable file may use from the source, with the TypeScript checker.
 *
 * The starter stands in the place of the module it replaces, so the types of its parameters are those of the reference.
 * Runs at the build, with the project's root as the working directory.
 */
import { readFileSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import ts from 'typescript'
import type { EditableFile } from '../../labs/lab.ts'
import type { LabName, LabNames, NamedModule, NamedType } from '../../labs/names.ts'

/** Types followed from one parameter: the type itself, and types of its members. */
const DEPTH_MAX = 2
const SIGNATURE_CHARACTERS_MAX = 200

/** The names for one file; none for a configuration. */
export function namesOf(file: EditableFile, starter: string): LabNames {
  const { replaces, names = [] } = file
  if (replaces === undefined) return { modules: [], types: [], variables: {} }
  return new Reader(replaces, starter, names).read(names)
}

/** Files as they were read, the same for every program of these options: most of a program is what all of them share. */
const parsed = new Map<string, ts.SourceFile>()

class Reader {
  readonly #program: ts.Program
  readonly #checker: ts.TypeChecker
  readonly #replaces: string
  readonly #types = new Map<string, NamedType>()

  constructor(replaces: string, starter: string, names: readonly string[]) {
    this.#replaces = replaces
    const options: ts.CompilerOptions = {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      allowImportingTsExtensions: true,
      noEmit: true,
      strict: true,
      types: [],
      skipLibCheck: true,
    }
    const host = ts.createCompilerHost(options, true)
    const read = host.readFile.bind(host)
    host.readFile = (path) => (resolve(path) === resolve(replaces) ? starter : read(path))
    host.getSourceFile = (path, version) => {
      const text = host.readFile(path)
      if (text === undefined) return undefined
      const known = parsed.get(path)
      if (known?.text === text) return known
      const file = ts.createSourceFile(path, text, version, true)
      parsed.set(path, file)
      return file
    }
    this.#program = ts.createProgram(
      [replaces, ...names].map((path) => resolve(path)),
      options,
      host,
    )
    this.#checker = this.#program.getTypeChecker()
  }

  read(paths: readonly string[]): LabNames {
    const variables: Record<string, string> = {}
    for (const parameter of this.#parameters()) {
      const type = this.#checker.getTypeAtLocation(parameter)
      variables[parameter.name.getText()] = this.#follow(this.#declared(parameter) ?? type, DEPTH_MAX)
    }
    const modules = paths.map((path) => this.#module(path))
    return {
      modules,
      types: [...this.#types.values()],
      variables: Object.fromEntries(Object.entries(variables).filter(([, type]) => type !== '')),
    }
  }

  /** Parameters of the functions that the starter exports. */
  #parameters(): readonly ts.ParameterDeclaration[] {
    const source = this.#program.getSourceFile(resolve(this.#replaces))
    if (source === undefined) throw new Error(`${this.#replaces} is not part of the program`)
    return source.statements.filter(ts.isFunctionDeclaration).flatMap((one) => [...one.parameters])
  }

  /** `Pick<X, …>` is shown as X: the learner may pick more. */
  #declared(parameter: ts.ParameterDeclaration): ts.Type | undefined {
    const node = parameter.type
    if (node === undefined || !ts.isTypeReferenceNode(node) || node.typeName.getText() !== 'Pick') return undefined
    const [of] = node.typeArguments ?? []
    return of && this.#checker.getTypeFromTypeNode(of)
  }

  /** Notes an interface of the project with its members; its name, or '' for any other type. */
  #follow(type: ts.Type, depth: number): string {
    const symbol = type.aliasSymbol ?? type.getSymbol()
    const declaration = symbol?.declarations?.find(ts.isInterfaceDeclaration)
    const path = declaration && relative('.', declaration.getSourceFile().fileName)
    if (symbol === undefined || path === undefined || !/^(reference|labs)\//.test(path)) return ''
    const name = symbol.getName()
    if (depth === 0 || this.#types.has(name)) return this.#types.has(name) ? name : ''
    const members: LabName[] = []
    this.#types.set(name, { name, path, about: this.#about(symbol), members })
    for (const member of type.getProperties()) members.push(this.#name(member, depth - 1))
    return name
  }

  #name(symbol: ts.Symbol, depth: number): LabName {
    const declaration = symbol.valueDeclaration ?? symbol.declarations?.[0]
    if (declaration === undefined) return { name: symbol.getName(), signature: '', about: '', type: '' }
    const type = this.#checker.getTypeOfSymbolAtLocation(symbol, declaration)
    const [call] = type.getCallSignatures()
    return {
      name: symbol.getName(),
      signature: short(this.#checker.typeToString(type, undefined, ts.TypeFormatFlags.NoTruncation)),
      about: this.#about(symbol),
      type: this.#follow(call?.getReturnType() ?? type, depth),
    }
  }

  #module(path: string): NamedModule {
    const source = this.#program.getSourceFile(resolve(path))
    const symbol = source && this.#checker.getSymbolAtLocation(source)
    if (symbol === undefined) throw new Error(`${path} exports nothing: take it out of the names of ${this.#replaces}`)
    const names = this.#checker
      .getExportsOfModule(symbol)
      .map((one) => (one.flags & ts.SymbolFlags.Value ? this.#name(one, 0) : this.#typeName(one)))
    const to = relative(dirname(this.#replaces), path)
    return { path, specifier: to.startsWith('.') ? to : `./${to}`, names }
  }

  #typeName(symbol: ts.Symbol): LabName {
    const kind = symbol.flags & ts.SymbolFlags.Interface ? 'interface' : 'type'
    return { name: symbol.getName(), signature: kind, about: this.#about(symbol), type: '' }
  }

  #about(symbol: ts.Symbol): string {
    const text = ts.displayPartsToString(symbol.getDocumentationComment(this.#checker)).replace(/\s+/g, ' ').trim()
    return /^.*?[.:?!](?=\s|$)/.exec(text)?.[0] ?? text
  }
}

function short(signature: string): string {
  return signature.length <= SIGNATURE_CHARACTERS_MAX ? signature : `${signature.slice(0, SIGNATURE_CHARACTERS_MAX)}…`
}

/** Source files that the workbench links to, of all labs; each must have a page. */
export function linkedSources(labs: readonly { readonly files: readonly EditableFile[] }[]): readonly string[] {
  return [...new Set(labs.flatMap(({ files }) => files.flatMap(({ names = [] }) => names)))].sort()
}

/** The starter of a file of a lab. */
export function starterOf(labId: string, path: string): string {
  return readFileSync(resolve('labs', labId, 'starter', path), 'utf8')
}
