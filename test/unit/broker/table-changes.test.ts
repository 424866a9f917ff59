/** Lines of changes: what was said to be durable is read again, in order, whatever the disk refused in between. */
import { expect, it } from 'vitest'
import { TableChanges } from '../../../reference/broker/table-changes.ts'
import { record, text, whole } from '../../../reference/common/shape.ts'
import { beginFault } from '../../../reference/host/sim/faults.ts'
import { SimHost } from '../../support/sim-host.ts'

const PATH = 'store/config/table.json'
const shape = record<{ n: number; filler: string }>({ n: whole(), filler: text() })

/** A machine, the changes of its table, and what was answered to each change. */
function changing(seed = 1) {
  const machine = new SimHost(seed)
  let changes = new TableChanges(machine.start(), PATH)
  const answers: Record<number, boolean> = {}
  return {
    machine,
    answers,
    files: () => machine.node.disk.files().map(({ path }) => path.slice(PATH.length + 1)),
    append(n: number, filler = '') {
      changes.append({ n, filler }, (isStored) => (answers[n] = isStored))
      machine.pass(100)
    },
    rotate: () => changes.rotate(),
    prune: (generation: number) => changes.prune(generation),
    after(end: 'killed' | 'powercut') {
      machine.end(end)
      changes = new TableChanges(machine.start(), PATH)
      const read: number[] = []
      changes.load(shape, ({ n }) => read.push(n))
      return read
    },
  }
}

it.each(['ENOSPC', 'syncError'] as const)('after a refusal (%s) the next line begins a file of its own', (fails) => {
  for (let seed = 1; seed <= 10; seed++) {
    const { machine, answers, files, append, after } = changing(seed)
    append(1)
    const heal = beginFault(machine.simulation, { kind: 'disk', node: 'node', fails })
    append(2, 'x'.repeat(5_000)) // more than the page that is there
    heal()
    append(3)
    append(4)
    expect(answers).toEqual({ 1: true, 2: false, 3: true, 4: true })
    expect(files()).toEqual(['changes.1', 'changes.2'])
    expect(after('powercut').filter((n) => n !== 2)).toEqual([1, 3, 4])
    append(5)
    expect(files()).toEqual(['changes.1', 'changes.2', 'changes.3'])
    expect(after('powercut').filter((n) => n !== 2)).toEqual([1, 3, 4, 5])
  }
})

it('a rotation begins a new file, and what lies before it goes when the table is written', () => {
  const { answers, files, append, rotate, prune, after } = changing()
  expect(rotate(), 'there is nothing yet').toBe(1)
  append(1)
  const generation = rotate()
  append(2)
  prune(generation)
  expect([generation, answers, files()]).toEqual([2, { 1: true, 2: true }, ['changes.2']])
  expect(after('killed')).toEqual([2])
})
