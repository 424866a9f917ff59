/** The journal of a controller: what was reported as durable is read after a power cut at any moment, and damage is noticed. */
import { expect, it } from 'vitest'
import { DurableState } from '../../../reference/controller/raft/durable-state.ts'
import { type JournalLine, journalText, readJournal } from '../../../reference/controller/raft/journal.ts'
import { RandomStream } from '../../../reference/host/sim/random.ts'
import { OneNode } from './one-node.ts'

const OWNER = { group: 'g', self: 'n0' }
const SEEDS = 80

/** Everything that must be known after a crash, as one text. */
function textOf({ term, vote, snapshot, log }: DurableState): string {
  return JSON.stringify([
    term,
    vote,
    log.snapshotIndex > 0 ? snapshot : '',
    log.snapshotIndex,
    log.snapshotTerm,
    log.entries,
  ])
}

/** One random change of the state, as Raft could make it. */
function change(state: DurableState, chance: RandomStream): void {
  const { log } = state
  const draw = chance.int(10)
  if (draw < 2) state.beginTerm(state.term + 1)
  else if (draw < 3 && state.vote === '') state.castVote(`n${chance.int(3)}`)
  else if (draw < 4) {
    const index = log.snapshotIndex + chance.int(log.lastIndex - log.snapshotIndex + 3)
    state.compact(index, log.termAt(index) ?? state.term, `state at ${index}, ${'x'.repeat(chance.int(6_000))}`)
  } else {
    // sometimes entries are replaced, sometimes they are long
    const back = chance.int(4) === 0 ? chance.int(log.lastIndex - log.snapshotIndex + 1) : 0
    const command = chance.int(8) === 0 ? 'long '.repeat(chance.int(2_000)) : `c${chance.int(100)}`
    state.put({ index: log.lastIndex + 1 - back, term: state.term, command })
  }
}

it(`${SEEDS} power cuts and kills: the state is one that was there, and not older than the last durable one`, () => {
  let losses = 0
  for (let seed = 1; seed <= SEEDS; seed++) {
    const chance = new RandomStream(seed, 'journal')
    const machine = new OneNode(seed, { min: 1, max: 12 })
    let broken = ''
    const open = () =>
      machine.start((host) => {
        const state = new DurableState(host, OWNER, (sentence) => {
          broken = sentence
        })
        state.load()
        return state
      })
    let state = open()
    // all states that a crash may still lead back to: what a kill leaves in the page cache, a later power cut may take
    const states = [textOf(state)]
    let durable = 0
    for (let life = 0; life < 4; life++) {
      for (let i = chance.int(30); i > 0; i--) {
        machine.inside(() => {
          for (let many = 1 + chance.int(3); many > 0; many--) {
            change(state, chance)
            states.push(textOf(state)) // one change is one line, so a cut may fall behind each of them
          }
          const which = states.length - 1
          state.whenDurable(() => {
            durable = which
          })
        })
        if (chance.int(2) === 0) machine.pass(chance.int(20))
      }
      const how = chance.int(4) === 0 ? 'kill' : 'powercut'
      machine.end(how)
      state = open()
      const found = states.lastIndexOf(textOf(state))
      const where = `seed ${seed}, life ${life}: ${how}`
      expect(found, where).toBeGreaterThanOrEqual(durable)
      if (found !== states.length - 1) losses++
      states.length = found + 1
    }
    expect(broken).toBe('')
  }
  expect(losses, 'the power cuts lost nothing').toBeGreaterThan(SEEDS / 4)
})

const LINES: readonly JournalLine[] = [
  { kind: 'term', term: 3, vote: 'n1' },
  { kind: 'snapshot', index: 4, term: 2, state: '["é"]' },
  { kind: 'entry', index: 5, term: 3, command: 'a' },
]
const bytesOf = (text: string) => new TextEncoder().encode(text)

/** A journal whose last two lines were appended after the file was written as a whole. */
function appended(): { readonly bytes: Uint8Array; readonly wholeBytes: number } {
  const whole = bytesOf(journalText(LINES, OWNER))
  const more: readonly JournalLine[] = [
    { kind: 'entry', index: 6, term: 3, command: 'b' },
    { kind: 'term', term: 4, vote: '' },
  ]
  const lines = journalText(more, OWNER).split('\n').slice(1).join('\n')
  const bytes = new Uint8Array(whole.length + lines.length)
  bytes.set(whole)
  bytes.set(bytesOf(lines), whole.length)
  return { bytes, wholeBytes: whole.length }
}

it('a torn end is left out, a torn beginning is refused with a sentence', () => {
  const { bytes, wholeBytes } = appended()
  expect(readJournal(bytes, OWNER)).toHaveLength(5)
  for (let size = 0; size < bytes.length; size++) {
    const torn = bytes.subarray(0, size)
    if (size < wholeBytes) expect(() => readJournal(torn, OWNER), `${size} bytes`).toThrow(/damaged at its start/)
    else expect(readJournal(torn, OWNER).length, `${size} bytes`).toBeGreaterThanOrEqual(LINES.length)
  }
})

it('one wrong byte anywhere: the lines before it, or a sentence', () => {
  const { bytes, wholeBytes } = appended()
  const right = readJournal(bytes, OWNER)
  for (let at = 0; at < bytes.length; at++) {
    const wrong = bytes.slice()
    wrong[at] = wrong[at]! ^ (1 << (at % 8))
    if (at < wholeBytes) expect(() => readJournal(wrong, OWNER), `byte ${at}`).toThrow(/damaged at its start/)
    else expect(right.slice(0, readJournal(wrong, OWNER).length), `byte ${at}`).toEqual(readJournal(wrong, OWNER))
  }
})

it('the journal of another controller, of another group, and what is not a journal are refused', () => {
  const { bytes } = appended()
  expect(() => readJournal(bytes, { group: 'g', self: 'n1' })).toThrow(/belongs to the controller n0 of the group g/)
  expect(() => readJournal(bytes, { group: 'h', self: 'n0' })).toThrow(/not to n0 of h: choose another directory/)
  for (const text of ['', '\n', 'properties=1\n', '00000000 {}\n', '[[[[[[\n'])
    expect(() => readJournal(bytesOf(text), OWNER), text).toThrow(/damaged at its start/)
})
