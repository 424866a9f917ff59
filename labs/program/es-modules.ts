/**
 * The module form of the compiler: what real Node processes import, as plain JavaScript with its lines where they were.
 *
 * `./x.ts` becomes `./x.js`, types are erased, nothing else changes. Mounted instead of TypeScript, because the Node of a
 * WebContainer need not know how to strip types.
 *
 * | path in the tree             | is                                            |
 * | ---------------------------- | --------------------------------------------- |
 * | `reference/broker/broker.js` | a module of the reference                     |
 * | `node_modules/fflate/…`      | the one package that programs use             |
 * | `package.json`               | says that these are modules                   |
 */
import { transform } from 'sucrase'
import type { Lab } from '../lab.ts'
import { type Compiled, type CompileError, compile } from './compile.ts'

/** JavaScript by path from the application's folder. */
export type AppTree = Readonly<Record<string, string>>

/** The launcher of every process, in an application tree. */
export const LAUNCHER_PATH = 'reference/host/node/launch.js'

/** The module form of one TypeScript file, or its first error. */
export function compileModule(path: string, text: string): Compiled {
  const checked = compile(path, text) // the same refusals and positions in both forms
  if (checked.error !== undefined) return checked
  const { code } = transform(text, { transforms: ['typescript'], disableESTransforms: true, filePath: path })
  return { code: withJsSpecifiers(code), imports: checked.imports }
}

/** Where a TypeScript file of the project lies in the tree. */
export function treePath(path: string): string {
  return path.replace(/\.ts$/, '.js')
}

function withJsSpecifiers(code: string): string {
  return code.replace(/(\bfrom\s*|\bimport\s*\(?\s*)(['"])(\.{1,2}\/[^'"\n]+)\.ts\2/g, '$1$2$3.js$2')
}

/** The learner's modules in the place of the reference's, or what does not compile. */
export function overlayTree(
  base: AppTree,
  lab: Pick<Lab, 'files'>,
  files: ReadonlyMap<string, string>,
): { readonly tree: AppTree; readonly errors: readonly CompileError[] } {
  const errors: CompileError[] = []
  const tree: Record<string, string> = { ...base }
  for (const file of lab.files) {
    const text = files.get(file.path)
    if (file.kind !== 'module' || file.replaces === undefined || text === undefined) continue
    const compiled = compileModule(file.path, text)
    if (compiled.error !== undefined) errors.push(compiled.error)
    else tree[treePath(file.replaces)] = compiled.code
  }
  return { tree, errors }
}
