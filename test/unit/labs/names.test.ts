/** The names beside the editor are those of the source, with their types; a chain after a dot is followed. */
import { describe, expect, it } from 'vitest'
import { LABS } from '../../../labs/find.ts'
import { lab } from '../../../labs/lost-address/lab.ts'
import { membersOf, nameAt } from '../../../labs/names.ts'
import { namesOf, starterOf } from '../../../site/lib/lab-names.ts'

describe('names of a file', () => {
  const file = lab.files.find(({ kind }) => kind === 'module')!
  const names = namesOf(file, starterOf(lab.id, file.path))

  it('hold what other modules export, with type and first sentence', () => {
    const name = nameAt(names, [], 'ownHostName')!
    expect(name.signature).toBe('(host: Host) => string')
    expect(name.about).toMatch(/\.$|:$/)
    expect(names.modules[0]).toMatchObject({ specifier: '../host/program-args.ts' })
  })

  it('follow what the parameters of its functions hold', () => {
    expect(names.variables).toEqual({ host: 'Host', config: 'BrokerConfig' })
    expect(membersOf(names, ['host']).map(({ name }) => name)).toContain('network')
    expect(nameAt(names, ['host', 'network'], 'resolve')?.signature).toMatch(/^\(.*: string\) => string$/)
    expect(nameAt(names, ['config'], 'brokerIP1')).toMatchObject({ signature: 'string' })
    expect(membersOf(names, ['nobody', 'here'])).toEqual([])
  })

  it('exist for every module file of every lab, and none is without a signature', () => {
    for (const one of LABS)
      for (const editable of one.files.filter(({ kind }) => kind === 'module')) {
        const { modules } = namesOf(editable, starterOf(one.id, editable.path))
        expect(modules.length, `${one.id} ${editable.path}`).toBeGreaterThan(0)
        for (const { path, names: all } of modules)
          for (const name of all) expect(name.signature, `${path} ${name.name}`).not.toBe('')
      }
  })
})
