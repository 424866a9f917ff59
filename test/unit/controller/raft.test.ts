/** The rules of the paper, one test each, for one controller whose messages are sent and answered by the test. */
import { describe, expect, it } from 'vitest'
import type * as messages from '../../../reference/controller/raft/messages.ts'
import { Raft } from '../../../reference/controller/raft/raft.ts'
import type { Refusal } from '../../../reference/remoting/refusal.ts'
import { ResponseCode } from '../../../reference/remoting/response-code.ts'
import { OneNode } from './one-node.ts'

const GROUP = { group: 'g', self: 'n0', compactAfterLines: 1_000 }
const PEERS = [
  { id: 'n0', address: 'n0:1' },
  { id: 'n1', address: 'n1:1' },
  { id: 'n2', address: 'n2:1' },
]
/** Longer than any election timeout. */
const NO_LEADER_MS = 2_001
const DISK_MS = 16

interface Sent {
  readonly to: string
  readonly vote?: messages.RequestVote
  readonly append?: messages.AppendEntries
  readonly snapshot?: messages.InstallSnapshot
  // biome-ignore lint/suspicious/noExplicitAny: the answer to whichever request it is
  readonly answer: (answer: any) => void
}

/** A controller of three, or of one, on a machine of its own. */
class World {
  readonly machine = new OneNode()
  readonly sent: Sent[] = []
  readonly applied: string[] = []
  readonly calls: string[] = []
  raft!: Raft
  readonly #options

  constructor(options: { peers?: typeof PEERS; compactAfterLines?: number } = {}) {
    this.#options = { ...GROUP, peers: PEERS, ...options }
    this.start()
  }

  start(): void {
    this.applied.length = 0
    const { sent, applied, calls } = this
    this.raft = this.machine.start((host) => {
      const transport = {
        requestVote: (to: string, vote: messages.RequestVote, answer: Sent['answer']) =>
          void sent.push({ to, vote, answer }),
        appendEntries: (to: string, append: messages.AppendEntries, answer: Sent['answer']) =>
          void sent.push({ to, append, answer }),
        installSnapshot: (to: string, snapshot: messages.InstallSnapshot, answer: Sent['answer']) =>
          void sent.push({ to, snapshot, answer }),
      }
      const machine = {
        apply: (command: string) => void applied.push(command),
        snapshot: () => JSON.stringify(applied),
        restore: (state: string) => void applied.splice(0, applied.length, ...(JSON.parse(state) as string[])),
      }
      const owner = {
        leads: () => void calls.push('leads'),
        resigned: () => void calls.push('resigned'),
        broken: (sentence: string) => void calls.push(sentence),
      }
      const raft = new Raft(host, this.#options, transport, machine, owner)
      raft.start()
      return raft
    })
    this.machine.pass(DISK_MS)
  }

  restart(how: 'kill' | 'powercut'): void {
    this.machine.end(how)
    this.start()
  }

  pass(ms: number): void {
    this.machine.pass(ms)
  }

  /** Calls the controller, and returns its answer when the disk allows it to leave; undefined when it does not, in time. */
  ask<T>(run: () => T, withinMs = DISK_MS): T | undefined {
    let answer: T | undefined
    this.machine.inside(() => {
      const given = run()
      this.raft.state.whenDurable(() => {
        answer = given
      })
    })
    this.pass(withinMs)
    return answer
  }

  vote(term: number, candidateId = 'n1', lastLogIndex = 0, lastLogTerm = 0) {
    return this.ask(() => this.raft.requestVote({ term, candidateId, lastLogIndex, lastLogTerm }))
  }

  append(term: number, prev: readonly [index: number, term: number], terms: readonly number[], leaderCommit = 0) {
    const [prevLogIndex, prevLogTerm] = prev
    const entries = terms.map((entryTerm, i) => ({ term: entryTerm, command: `${entryTerm}.${prevLogIndex + i + 1}` }))
    const request = { term, leaderId: 'n1', prevLogIndex, prevLogTerm, entries, leaderCommit }
    return this.ask(() => this.raft.appendEntries(request))
  }

  /** Terms of the entries that follow the snapshot. */
  get terms(): readonly number[] {
    return this.raft.state.log.entries.map(({ term }) => term)
  }

  /** Answers what was sent to a controller last, inside the process. */
  answer(to: string, answer: object | undefined): void {
    const last = this.sent.filter((each) => each.to === `${to}:1`).at(-1)!
    this.machine.inside(() => last.answer(answer))
    this.pass(DISK_MS)
  }

  lastAppend(to: string): messages.AppendEntries {
    return this.sent.filter((each) => each.to === `${to}:1` && each.append !== undefined).at(-1)!.append!
  }

  /** Becomes the leader with the vote of n1. */
  lead(): void {
    this.pass(NO_LEADER_MS)
    const { term } = this.raft.state
    this.answer('n1', { term, voteGranted: true })
    expect(this.raft.role).toBe('leader')
  }
}

describe('votes (5.2, 5.4.1)', () => {
  it('one a term: the first candidate, and the same one again', () => {
    const world = new World()
    expect(world.vote(1, 'n1')).toEqual({ term: 1, voteGranted: true })
    expect(world.vote(1, 'n2')).toEqual({ term: 1, voteGranted: false })
    expect(world.vote(1, 'n1')).toEqual({ term: 1, voteGranted: true })
    expect(world.vote(2, 'n2')).toEqual({ term: 2, voteGranted: true })
    expect(world.vote(1, 'n1')).toEqual({ term: 2, voteGranted: false })
  })

  it.each(['kill', 'powercut'] as const)('a vote that was answered is known after a %s', (how) => {
    const world = new World()
    world.vote(1, 'n1')
    world.restart(how)
    expect(world.vote(1, 'n2')).toEqual({ term: 1, voteGranted: false })
  })

  it('no answer leaves before the vote is on the disk', () => {
    const world = new World()
    let answered = false
    world.machine.inside(() => {
      world.raft.requestVote({ term: 1, candidateId: 'n1', lastLogIndex: 0, lastLogTerm: 0 })
      world.raft.state.whenDurable(() => {
        answered = true
      })
    })
    expect(answered).toBe(false)
    world.pass(4) // a sync takes 5 ms
    expect(answered).toBe(false)
    world.pass(2)
    expect(answered).toBe(true)
  })

  it.each([
    ['an older last term', 9, 1, false],
    ['the same last term and a shorter log', 2, 2, false],
    ['the same last entry', 3, 2, true],
    ['the same last term and a longer log', 4, 2, true],
    ['a later last term and a shorter log', 1, 3, true],
  ])('a candidate with %s', (_what, lastLogIndex, lastLogTerm, isGranted) => {
    const world = new World()
    world.append(2, [0, 0], [1, 2, 2])
    world.pass(1_000)
    expect(world.vote(5, 'n2', lastLogIndex, lastLogTerm)?.voteGranted).toBe(isGranted)
  })

  it('a refused candidate ends an election all the same: its term is later', () => {
    const world = new World()
    world.append(2, [0, 0], [1, 2, 2])
    world.pass(1_000)
    expect(world.vote(7, 'n2', 0, 0)).toEqual({ term: 7, voteGranted: false })
    expect(world.raft.state.term).toBe(7)
  })

  it('while a leader is heard, a candidate changes nothing (6)', () => {
    const world = new World()
    world.append(1, [0, 0], [])
    world.pass(900)
    expect(world.vote(9, 'n2')).toEqual({ term: 1, voteGranted: false })
    world.pass(100)
    expect(world.vote(9, 'n2')).toEqual({ term: 9, voteGranted: true })
  })

  it('a candidate asks only when its own vote is on the disk, and asks again in a later term', () => {
    const world = new World()
    world.pass(NO_LEADER_MS)
    expect(world.sent.map(({ to, vote }) => [to, vote!.term])).toEqual([
      ['n1:1', 1],
      ['n2:1', 1],
    ])
    world.pass(NO_LEADER_MS)
    expect(world.sent.at(-1)!.vote).toEqual({ term: 2, candidateId: 'n0', lastLogIndex: 0, lastLogTerm: 0 })
    // an answer to the election before is too late
    world.machine.inside(() => world.sent[0]!.answer({ term: 1, voteGranted: true }))
    expect(world.raft.role).toBe('candidate')
  })

  it('a candidate follows the leader of its term, and ends its candidacy at a later one', () => {
    const world = new World()
    world.pass(NO_LEADER_MS)
    world.append(1, [0, 0], [1])
    expect([world.raft.role, world.raft.leaderId]).toEqual(['follower', 'n1'])
    world.pass(NO_LEADER_MS)
    expect(world.raft.role).toBe('candidate')
    world.answer('n2', { term: 8, voteGranted: false })
    expect([world.raft.role, world.raft.state.term]).toEqual(['follower', 8])
  })
})

describe('the log of a follower (5.3)', () => {
  it('takes entries that follow, and refuses others with the place to continue at', () => {
    const world = new World()
    expect(world.append(2, [0, 0], [1, 1, 2])).toEqual({ term: 2, success: true, index: 3 })
    expect(world.append(2, [3, 2], [2])).toEqual({ term: 2, success: true, index: 4 })
    expect(world.append(2, [9, 2], [2])).toEqual({ term: 2, success: false, index: 5 })
    expect(world.append(3, [4, 3], [3])).toEqual({ term: 3, success: false, index: 3 })
    expect(world.append(1, [0, 0], [1])).toEqual({ term: 3, success: false, index: 0 })
    expect(world.terms).toEqual([1, 1, 2, 2])
  })

  it('replaces what differs, and what follows it; keeps what is equal', () => {
    const world = new World()
    world.append(2, [0, 0], [1, 1, 2, 2])
    world.append(2, [0, 0], [1, 1]) // an older request, late
    expect(world.terms).toEqual([1, 1, 2, 2])
    world.append(4, [1, 1], [1, 3])
    expect(world.terms).toEqual([1, 1, 3])
    world.restart('powercut')
    expect(world.terms).toEqual([1, 1, 3])
  })

  it('applies what is committed, as far as it has it', () => {
    const world = new World()
    world.append(1, [0, 0], [1, 1], 9)
    expect(world.applied).toEqual(['1.1', '1.2'])
    world.append(1, [2, 1], [1], 2)
    expect(world.applied).toEqual(['1.1', '1.2'])
    world.append(1, [3, 1], [], 3)
    expect(world.applied).toEqual(['1.1', '1.2', '1.3'])
  })

  it('does not commit entries behind those that the leader has compared', () => {
    const world = new World()
    world.append(1, [0, 0], [1, 1, 1])
    world.append(2, [1, 1], [], 3)
    expect(world.applied).toEqual(['1.1'])
  })

  it('refuses what no leader sends: to replace what is committed, to lead the term of another', () => {
    const world = new World()
    world.append(1, [0, 0], [1, 1], 2)
    const entries = [{ term: 2, command: 'other' }]
    const request = { term: 2, leaderId: 'n2', prevLogIndex: 1, prevLogTerm: 1, entries, leaderCommit: 0 }
    expect(() => world.raft.appendEntries(request)).toThrow(/entry 2 is committed and cannot be replaced/)
    const leading = new World()
    leading.lead()
    const heartbeat = { term: 1, leaderId: 'n2', prevLogIndex: 0, prevLogTerm: 0, entries: [], leaderCommit: 0 }
    expect(() => leading.raft.appendEntries(heartbeat)).toThrow(/n0 leads term 1, not n2/)
  })

  it('no answer leaves before the entries are on the disk', () => {
    const world = new World()
    const entries = [{ term: 1, command: 'a' }]
    const request = { term: 1, leaderId: 'n1', prevLogIndex: 0, prevLogTerm: 0, entries, leaderCommit: 0 }
    expect(world.ask(() => world.raft.appendEntries(request), 4)).toBeUndefined()
    world.restart('powercut')
    expect(world.append(1, [0, 0], [1])?.success).toBe(true)
  })
})

describe('a leader (5.3, 5.4.2)', () => {
  it('begins with an entry of its term, and decides when this entry is committed', () => {
    const world = new World()
    world.lead()
    expect(world.lastAppend('n1').entries).toMatchObject([{ term: 1, command: '' }])
    expect([world.raft.isReady, world.calls]).toEqual([false, []])
    world.answer('n1', { term: 1, success: true, index: 1 })
    expect([world.raft.isReady, world.calls]).toEqual([true, ['leads']])
  })

  it('counts itself only when its own disk has the entry', () => {
    const world = new World()
    world.lead()
    world.answer('n1', { term: 1, success: true, index: 1 })
    const outcomes: string[] = []
    world.machine.inside(() => world.raft.propose('a', (outcome) => outcomes.push(outcome)))
    const last = world.sent.filter(({ to }) => to === 'n1:1').at(-1)!
    world.machine.inside(() => last.answer({ term: 1, success: true, index: 2 }))
    world.pass(4)
    expect(outcomes).toEqual([])
    world.pass(2)
    expect([outcomes, world.applied]).toEqual([['applied'], ['a']])
  })

  it('does not count copies of entries of an earlier term (figure 8)', () => {
    const world = new World()
    world.append(2, [0, 0], [1, 2])
    world.lead() // term 3, with entry 3
    world.answer('n1', { term: 3, success: false, index: 2 })
    world.answer('n1', { term: 3, success: true, index: 2 })
    expect(world.applied).toEqual([])
    world.answer('n1', { term: 3, success: true, index: 3 })
    expect(world.applied).toEqual(['1.1', '2.2'])
  })

  it('goes back until the logs match, and sends what follows', () => {
    const world = new World()
    world.append(2, [0, 0], [1, 1, 2])
    world.lead()
    expect(world.lastAppend('n2')).toMatchObject({ prevLogIndex: 3, prevLogTerm: 2 })
    world.answer('n2', { term: 3, success: false, index: 1 })
    expect(world.lastAppend('n2')).toMatchObject({ prevLogIndex: 0, prevLogTerm: 0 })
    expect(world.lastAppend('n2').entries.map(({ term }) => term)).toEqual([1, 1, 2, 3])
  })

  it('sends again when no answer comes, and heartbeats when there is nothing to send', () => {
    const world = new World()
    world.lead()
    world.answer('n1', undefined)
    world.pass(250)
    expect(world.lastAppend('n1').entries).toHaveLength(1)
    world.answer('n1', { term: 1, success: true, index: 1 })
    const before = world.sent.length
    world.pass(250)
    expect(world.sent.length).toBe(before + 1) // n2 has not answered yet: nothing more goes there
    expect(world.lastAppend('n1')).toMatchObject({ entries: [], prevLogIndex: 1, leaderCommit: 1 })
  })

  it('resigns at a later term; the outcome of what was under way is unknown to it', () => {
    const world = new World()
    world.lead()
    world.answer('n1', { term: 1, success: true, index: 1 })
    const outcomes: string[] = []
    world.machine.inside(() => world.raft.propose('a', (outcome) => outcomes.push(outcome)))
    world.answer('n1', { term: 5, success: false, index: 0 })
    expect([world.raft.role, world.raft.leaderId, world.raft.state.term]).toEqual(['follower', '', 5])
    expect([outcomes, world.calls]).toEqual([['unknown'], ['leads', 'resigned']])
  })

  it('resigns when it hears no majority for two seconds', () => {
    const world = new World()
    world.lead()
    world.pass(1_900)
    expect(world.raft.role).toBe('leader')
    world.pass(400)
    expect(world.raft.role).not.toBe('leader')
  })

  it('only the leader takes commands, and none that is too long', () => {
    const world = new World()
    const refusal = (command: string): number => {
      try {
        world.raft.propose(command, () => {})
      } catch (error) {
        return (error as Refusal).code
      }
      return 0
    }
    expect(refusal('a')).toBe(ResponseCode.CONTROLLER_NOT_LEADER)
    world.lead()
    expect(refusal('a')).toBe(ResponseCode.CONTROLLER_NOT_LEADER)
    world.answer('n1', { term: 1, success: true, index: 1 })
    expect(refusal('x'.repeat(70_000))).toBe(ResponseCode.CONTROLLER_INVALID_REQUEST)
    for (let i = 0; i < 1_024; i++) expect(refusal('a')).toBe(0)
    expect(refusal('a')).toBe(ResponseCode.SYSTEM_BUSY)
  })

  it('one controller alone leads at once', () => {
    const world = new World({ peers: PEERS.slice(0, 1) })
    world.pass(20)
    expect(world.raft.isReady).toBe(true)
    world.machine.inside(() => world.raft.propose('a', () => {}))
    world.pass(DISK_MS)
    expect(world.applied).toEqual(['a'])
    world.restart('powercut')
    world.pass(20)
    expect(world.applied).toEqual(['a'])
  })
})

describe('snapshots (7)', () => {
  it('replace what is applied, and a restart begins with them', () => {
    const world = new World({ compactAfterLines: 10 })
    world.append(1, [0, 0], [1, 1, 1, 1, 1, 1, 1, 1], 5)
    world.append(1, [8, 1], [1, 1, 1], 6)
    const { log } = world.raft.state
    expect([log.snapshotIndex, log.snapshotTerm, log.lastIndex]).toEqual([6, 1, 11])
    world.restart('powercut')
    expect(world.applied).toEqual(['1.1', '1.2', '1.3', '1.4', '1.5', '1.6'])
    expect(world.raft.state.log.lastIndex).toBe(11)
    // entries in the snapshot are not taken again, the others are compared as ever
    expect(world.append(1, [4, 1], [1, 1, 1], 7)).toEqual({ term: 1, success: true, index: 7 })
    expect(world.applied.at(-1)).toBe('1.7')
  })

  it('of the leader are installed when they are newer, and keep entries that follow', () => {
    const world = new World()
    world.append(1, [0, 0], [1, 1, 1], 1)
    const snapshot = { term: 2, leaderId: 'n1', lastIncludedIndex: 2, lastIncludedTerm: 1, state: '["one","two"]' }
    expect(world.ask(() => world.raft.installSnapshot(snapshot))).toEqual({ term: 2 })
    expect([world.applied, world.terms]).toEqual([['one', 'two'], [1]])
    const old = { ...snapshot, lastIncludedIndex: 1, state: '["other"]' }
    expect(world.ask(() => world.raft.installSnapshot(old))).toEqual({ term: 2 })
    expect(world.applied).toEqual(['one', 'two'])
    const differs = { ...snapshot, lastIncludedIndex: 3, lastIncludedTerm: 2, state: '["three"]' }
    world.ask(() => world.raft.installSnapshot(differs))
    expect([world.applied, world.terms]).toEqual([['three'], []])
    expect(world.ask(() => world.raft.installSnapshot({ ...differs, term: 1 }))).toEqual({ term: 2 })
  })

  it('go to a follower that needs older entries', () => {
    const world = new World({ compactAfterLines: 10 })
    world.append(1, [0, 0], [1, 1, 1, 1, 1, 1, 1, 1, 1, 1], 9)
    world.lead()
    world.answer('n2', { term: 2, success: false, index: 1 })
    expect(world.sent.at(-1)!.snapshot).toMatchObject({ term: 2, lastIncludedIndex: 9, lastIncludedTerm: 1 })
    world.answer('n2', { term: 2 })
    expect(world.lastAppend('n2')).toMatchObject({ prevLogIndex: 9, prevLogTerm: 1 })
    expect(world.lastAppend('n2').entries.map(({ command }) => command)).toEqual(['1.10', ''])
  })

  it('elections that never end do not fill the disk', () => {
    const world = new World({ compactAfterLines: 10 })
    for (let i = 0; i < 50; i++) world.pass(NO_LEADER_MS)
    expect(world.raft.state.term).toBeGreaterThan(40)
    expect(world.machine.node.disk.file('raft.journal')!.sizeBytes).toBeLessThan(1_000)
  })
})

it('a disk that refuses ends the part of this controller, with a sentence', () => {
  const world = new World()
  world.machine.node.disk.faults.add({ fails: 'syncError', delayMs: 0 })
  expect(world.vote(1, 'n1')).toBeUndefined()
  world.machine.node.disk.faults.clear()
  expect(world.calls).toEqual([expect.stringMatching(/^raft.journal cannot be written .*mend the disk and restart/)])
  expect(() => world.raft.requestVote({ term: 2, candidateId: 'n2', lastLogIndex: 0, lastLogTerm: 0 })).toThrow(
    /no part/,
  )
  world.pass(10_000)
  expect(world.sent).toEqual([])
})
