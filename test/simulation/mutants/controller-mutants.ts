/** Mistakes that somebody could make in a controller and its Raft, one small replacement each: what the campaign must notice. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: texts of source code
import type { Mutant } from './mutants.ts'

const RAFT = 'reference/controller/raft/raft.ts'
const COMMITTED = 'reference/controller/raft/committed.ts'
const STATE = 'reference/controller/raft/durable-state.ts'
const JOURNAL = 'reference/controller/raft/journal.ts'
const REPLICATION = 'reference/controller/raft/replication.ts'
const REQUESTS = 'reference/controller/raft/raft-requests.ts'
const MANAGER = 'reference/controller/replicas-info-manager.ts'
const SCHEDULER = 'reference/controller/event-scheduler.ts'
const POLICY = 'reference/controller/elect-policy.ts'

export const CONTROLLER_MUTANTS: readonly Mutant[] = [
  {
    name: 'a second candidate gets the vote of the same term',
    file: RAFT,
    find: "const isFree = state.vote === '' || state.vote === candidateId",
    replace: 'const isFree = candidateId !== this.#options.self',
    also: [
      {
        file: STATE,
        find: "assert(this.#vote === '' || this.#vote === candidate, () => `${this.#vote} has the vote of term ${this.#term}`)\n",
        replace: '',
      },
    ],
  },
  {
    name: 'the vote is not written down',
    file: STATE,
    find: '    this.#vote = candidate\n    this.#noteTerm()\n',
    replace: '    this.#vote = candidate\n',
  },
  {
    name: 'the term is not written down',
    file: STATE,
    find: "    this.#vote = ''\n    this.#noteTerm()\n",
    replace: "    this.#vote = ''\n",
    also: [
      {
        file: STATE,
        find: '    this.#vote = candidate\n    this.#noteTerm()\n',
        replace: '    this.#vote = candidate\n',
      },
    ],
  },
  {
    name: 'the log of a candidate is not compared',
    file: RAFT,
    find: ' && isFree && state.log.isUpToDate(lastLogIndex, lastLogTerm)',
    replace: ' && isFree && lastLogIndex + lastLogTerm >= 0',
  },
  {
    name: 'a longer log wins, whatever its last term',
    file: 'reference/controller/raft/raft-log.ts',
    find: '    if (lastTerm !== this.lastTerm) return lastTerm > this.lastTerm\n',
    replace: '    if (lastTerm < 0) return false\n',
  },
  {
    name: 'a leader counts copies of entries of earlier terms',
    file: RAFT,
    find: 'if (this.state.log.termAt(index) === this.state.term) this.#commitTo(index)',
    replace: 'this.#commitTo(index)',
    // requests with all entries at once commit the entry of the new term together with the old ones
    also: [{ file: REPLICATION, find: 'entries.length >= APPEND_ENTRIES_MAX', replace: 'entries.length >= 1' }],
  },
  {
    name: 'a leader counts itself before its disk has the entry',
    file: RAFT,
    find: '    state.whenDurable(() => {\n      if (this.#replication === replication) replication?.ownDurable(index)\n    })\n',
    replace: '    this.#host.clock.after(0, () => replication?.ownDurable(index))\n',
  },
  {
    name: 'answers leave before the disk has what they say',
    file: REQUESTS,
    find: '  raft.state.whenDurable(() => later.answer({ ...SUCCESS, extFields }))\n',
    replace: '  later.answer({ ...SUCCESS, extFields })\n',
  },
  {
    name: 'a sync of the journal is not waited for',
    file: JOURNAL,
    find: '    disk.sync(file, end)\n',
    replace: "    end('')\n",
  },
  {
    name: 'entries follow whatever entry came before',
    file: RAFT,
    find: 'if (!log.matches(prevLogIndex, prevLogTerm))',
    replace: 'if (prevLogIndex > log.lastIndex && prevLogTerm >= 0)',
    also: [
      {
        file: RAFT,
        find: 'if (index <= this.#committed.index) throw wrong(`entry ${index} is committed and cannot be replaced`)\n',
        replace: '',
      },
    ],
  },
  {
    name: 'a follower cuts entries that it has and that are committed',
    file: RAFT,
    find: 'if (index <= log.snapshotIndex || log.termAt(index) === entry.term) continue',
    replace: 'if (index <= log.snapshotIndex) continue',
    also: [
      {
        file: RAFT,
        find: 'if (index <= this.#committed.index) throw wrong(`entry ${index} is committed and cannot be replaced`)\n',
        replace: '',
      },
    ],
  },
  {
    name: 'a follower commits what the leader has, not what it has itself',
    file: RAFT,
    find: 'this.#commitTo(Math.min(request.leaderCommit, index))',
    replace: 'this.#commitTo(Math.min(request.leaderCommit, log.lastIndex))',
    // requests with all entries at once replace what differs before the leader's commit index is looked at
    also: [{ file: REPLICATION, find: 'entries.length >= APPEND_ENTRIES_MAX', replace: 'entries.length >= 1' }],
  },
  {
    name: 'an entry on half of the controllers is committed',
    file: REPLICATION,
    find: 'return indexes[indexes.length >> 1]!',
    replace: 'return indexes[0]!',
  },
  {
    name: 'a snapshot is taken one entry too early',
    file: COMMITTED,
    find: 'this.#state.compact(this.#lastApplied, this.#state.log.termAt(this.#lastApplied)!, this.#machine.snapshot())',
    replace:
      'const at = Math.max(this.#lastApplied - 1, this.#state.log.snapshotIndex)\n    this.#state.compact(at, this.#state.log.termAt(at)!, this.#machine.snapshot())',
  },
  {
    name: 'a snapshot from the leader is noted and not used',
    file: COMMITTED,
    find: '    this.#machine.restore(state)\n',
    replace: '',
  },
  {
    name: 'a new leader decides before it has applied what is committed',
    file: RAFT,
    find: "return this.#role === 'leader' && this.#committed.lastApplied >= this.#beganAt",
    replace: "return this.#role === 'leader' && this.#beganAt >= 0",
  },
  {
    name: 'a leader begins its term without an entry',
    file: RAFT,
    find: "    this.#append('')\n",
    replace: '',
  },
  {
    name: 'the next request is decided before the one before is applied',
    file: SCHEDULER,
    find: '      this.#isBusy = true\n',
    replace: '',
  },
  {
    name: 'a request whose outcome is unknown counts as done',
    file: SCHEDULER,
    find: "outcome === 'applied' ? answer : UNKNOWN",
    replace: "outcome === 'applied' ? answer : answer",
  },
  {
    name: 'a change of an old in-sync set is accepted',
    file: MANAGER,
    find: 'if (set.syncStateSetEpoch !== asked.syncStateSetEpoch)',
    replace: 'if (set.syncStateSetEpoch < asked.syncStateSetEpoch)',
  },
  {
    name: 'a master of an earlier epoch may change the set',
    file: MANAGER,
    find: 'if (set.masterEpoch !== header.masterEpoch)',
    replace: 'if (set.masterEpoch < header.masterEpoch)',
  },
  {
    name: 'a replica outside the in-sync set is elected, though unclean elections are off',
    file: MANAGER,
    find: 'others: this.#parts.isUncleanAllowed() ? [...set.replicas.keys()] : [],',
    replace: 'others: [...set.replicas.keys()],',
  },
  {
    name: 'a designated replica is elected, wherever it is',
    file: POLICY,
    find: 'if (designated !== undefined) return has(designated) ? designated : undefined',
    replace: 'if (designated !== undefined) return designated',
  },
  {
    name: 'an id that is taken is assigned again',
    file: MANAGER,
    find: 'isId && owner === undefined',
    replace: 'isId',
  },
  {
    name: 'a new master keeps the epoch of the old one',
    file: 'reference/controller/replicas-state.ts',
    find: '    set.masterEpoch++\n',
    replace: '    if (masterBrokerId === undefined || set.masterEpoch === 0) set.masterEpoch++\n',
  },
  {
    name: 'when the master dies, nobody else is elected',
    file: MANAGER,
    find: '.filter((set) => set.masterBrokerId !== undefined && !this.#isAlive(set, set.masterBrokerId))',
    replace: '.filter((set) => set.masterBrokerId !== undefined && !this.#isAlive(set, -1) && set.masterEpoch < 0)',
    also: [
      {
        file: 'reference/controller/controller.ts',
        find: 'this.#state.get(brokerName)?.masterBrokerId === brokerId',
        replace: 'this.#state.get(brokerName)?.masterBrokerId === -brokerId',
      },
    ],
  },
]
