/**
 * What a group of controllers may do, checked at every event: the five rules of Raft (figure 3 of the paper), and one vote a
 * term for each controller, over restarts. The logs of the controllers are followed by their events; entries that were lost in
 * a power cut are not in the log that a restart reads.
 */
import type { TraceEvent } from '../../../../reference/host/trace.ts'
import { demand } from '../violation.ts'

interface Entry {
  readonly term: number
  readonly command: string
}

interface Log {
  snapshotIndex: number
  snapshotTerm: number
  lastIndex: number
  commitIndex: number
  readonly entries: Map<number, Entry>
}

const newLog = (): Log => ({ snapshotIndex: 0, snapshotTerm: 0, lastIndex: 0, commitIndex: 0, entries: new Map() })

export class RaftModel {
  readonly #logs = new Map<string, Log>()
  /** Node by term. */
  readonly #leaders = new Map<number, string>()
  /** Term by node, in this life of the node. */
  readonly #terms = new Map<string, number>()
  /** Candidate by node and term. */
  readonly #votes = new Map<string, string>()
  /** What an entry is, by index and term: its command, and the term of the entry before. */
  readonly #entries = new Map<string, string>()
  readonly #committed = new Map<number, Entry & { readonly committedIn: number }>()
  elections = 0
  snapshots = 0
  cuts = 0

  /** The leader of the latest term, or ''. Votes that arrive late may still elect one of an earlier term. */
  leader = ''
  #leaderTerm = 0

  get commits(): number {
    return this.#committed.size
  }

  hear(event: TraceEvent): void {
    const { node } = event
    if (event.kind === 'node.started') {
      this.#logs.set(node, newLog())
      this.#terms.delete(node)
    } else if (event.kind === 'term.began') this.#terms.set(node, event.term)
    else if (event.kind === 'vote.cast') this.#vote(node, event.term, event.candidate)
    else if (event.kind === 'leader.elected') this.#elected(node, event.term)
    else if (event.kind === 'raft.appended') this.#append(this.#logOf(node), event, node)
    else if (event.kind === 'raft.cut') this.#cut(this.#logOf(node), event.index, node)
    else if (event.kind === 'raft.compacted') this.#compact(this.#logOf(node), event, node)
    else if (event.kind === 'raft.committed') this.#commit(this.#logOf(node), event, node)
  }

  #logOf(node: string): Log {
    return this.#logs.get(node)!
  }

  #vote(node: string, term: number, candidate: string): void {
    const before = this.#votes.get(`${node} ${term}`)
    const isSame = before === undefined || before === candidate
    demand(isSame, 'raftVote', () => `${node} votes for ${before} and for ${candidate} in term ${term}`)
    this.#votes.set(`${node} ${term}`, candidate)
  }

  #elected(node: string, term: number): void {
    const before = this.#leaders.get(term)
    demand(before === undefined, 'raftLeader', () => `${before} and ${node} both lead term ${term}`)
    this.#leaders.set(term, node)
    this.elections++
    if (term > this.#leaderTerm) {
      this.leader = node
      this.#leaderTerm = term
    }
    const log = this.#logOf(node)
    for (const [index, entry] of this.#committed)
      if (index > log.snapshotIndex && entry.committedIn < term)
        demand(
          log.entries.get(index)?.term === entry.term,
          'raftComplete',
          () => `${node} leads term ${term} without entry ${index} of term ${entry.term}, which is committed`,
        )
  }

  #append(log: Log, { index, term, command }: Entry & { readonly index: number }, node: string): void {
    for (let i = index; i <= log.lastIndex; i++) log.entries.delete(i)
    const prevTerm = index - 1 === log.snapshotIndex ? log.snapshotTerm : log.entries.get(index - 1)?.term
    demand(prevTerm !== undefined, 'raftLog', () => `${node} has entry ${index} without the one before`)
    const what = `${prevTerm} ${command}`
    const known = this.#entries.get(`${index} ${term}`) ?? what
    demand(
      known === what,
      'raftLog',
      () => `entry ${index} of term ${term} is "${what}" at ${node} and "${known}" elsewhere`,
    )
    this.#entries.set(`${index} ${term}`, what)
    log.entries.set(index, { term, command })
    log.lastIndex = index
  }

  #cut(log: Log, index: number, node: string): void {
    this.cuts++
    demand(index > log.commitIndex, 'raftMachine', () => `${node} cuts entry ${index}, and knows that it is committed`)
  }

  #compact(log: Log, event: { index: number; term: number; lastIndex: number }, node: string): void {
    const { index, term, lastIndex } = event
    this.snapshots++
    const committed = this.#committed.get(index)
    demand(
      committed === undefined || committed.term === term,
      'raftMachine',
      () => `${node} has a snapshot up to entry ${index} of term ${term}; committed is term ${committed?.term}`,
    )
    for (const each of [...log.entries.keys()]) if (each <= index || each > lastIndex) log.entries.delete(each)
    log.snapshotIndex = index
    log.snapshotTerm = term
    log.lastIndex = lastIndex
    log.commitIndex = Math.max(log.commitIndex, index)
  }

  #commit(log: Log, event: { index: number; term: number }, node: string): void {
    for (let index = log.commitIndex + 1; index <= event.index; index++) {
      const entry = log.entries.get(index)
      demand(entry !== undefined, 'raftMachine', () => `${node} commits entry ${index}, which it does not have`)
      const known = this.#committed.get(index)
      demand(
        known === undefined || (known.term === entry.term && known.command === entry.command),
        'raftMachine',
        () =>
          `entry ${index} is committed as ${known?.term} "${known?.command}" and as ${entry.term} "${entry.command}"`,
      )
      if (known === undefined) this.#committed.set(index, { ...entry, committedIn: event.term })
    }
    log.commitIndex = Math.max(log.commitIndex, event.index)
    const ownTerm = this.#terms.get(node)
    demand(
      ownTerm === undefined || this.#leaders.get(ownTerm) !== node || event.term === ownTerm,
      'raftComplete',
      () =>
        `${node} leads term ${ownTerm} and counts copies of entry ${event.index} of term ${event.term} (section 5.4.2)`,
    )
  }
}
