/**
 * The names that a learner's file may use: what its neighbours export and what its parameters hold, each with its type and
 * the first sentence of its comment. Read from the source by the TypeScript checker when the site is built
 * (`site/lib/lab-names.ts`); shown beside the editor, by hover and by completion.
 */

/** One name. */
export interface LabName {
  readonly name: string
  /** As it would be declared: `(host: Host) => string`. */
  readonly signature: string
  /** First sentence of its comment, or ''. */
  readonly about: string
  /** The listed type that a value or a call of it has, or '': what may stand after a dot. */
  readonly type: string
}

/** A module that the file may import from. */
export interface NamedModule {
  /** Path of the source, and as the learner's file would write it in an import. */
  readonly path: string
  readonly specifier: string
  readonly names: readonly LabName[]
}

/** A type with members, such as `Host`. */
export interface NamedType {
  readonly name: string
  readonly path: string
  readonly about: string
  readonly members: readonly LabName[]
}

/** All names of one editable file. */
export interface LabNames {
  readonly modules: readonly NamedModule[]
  readonly types: readonly NamedType[]
  /** Names of parameters of the file's functions to the listed type they have. */
  readonly variables: Readonly<Record<string, string>>
}

/** The member names after a chain such as `host.network.`; empty when the chain leads nowhere. */
export function membersOf(names: LabNames, chain: readonly string[]): readonly LabName[] {
  const [first = '', ...rest] = chain
  let type = names.variables[first] ?? ''
  for (const name of rest) type = typeOf(names, type)?.members.find((one) => one.name === name)?.type ?? ''
  return typeOf(names, type)?.members ?? []
}

/** What a name means after a chain, or by itself when the chain is empty. */
export function nameAt(names: LabNames, chain: readonly string[], name: string): LabName | undefined {
  if (chain.length > 0) return membersOf(names, chain).find((one) => one.name === name)
  const exported = names.modules.flatMap((module) => module.names).find((one) => one.name === name)
  if (exported !== undefined) return exported
  const type = typeOf(names, names.variables[name] ?? '')
  return type && { name, signature: type.name, about: type.about, type: type.name }
}

function typeOf(names: LabNames, name: string): NamedType | undefined {
  return names.types.find((one) => one.name === name)
}
