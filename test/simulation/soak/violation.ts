/**
 * A promise that was broken, under the name of its invariant.
 *
 * A failure says which promise it is about, and the minimiser leaves an operation out only if the same promise still
 * breaks without it.
 */

/** What a campaign can find broken. */
export const INVARIANTS = {
  durability: 'I1 durability: what was promised to be stored is there, at its place, byte for byte',
  invention: 'I2 no invention: nothing is readable that was not put exactly so',
  zombie: 'I3 no zombie: a record that a recovery has cut off never comes back',
  atLeastOnce: 'I4 at least once: every acknowledged message reaches the group',
  twice: 'I5 no duplicates without a cause: one put is one record',
  order: 'I6 queue order: offsets are dense, and log order is queue order',
  derived: 'I8 derived data: queues and log say the same, from both sides',
  orderly: 'I7 orderly: a queue of a group is handled in the order of its offsets, one message at a time',
  atomic: 'I9 transactions: invisible before the commit, and one end: committed once, rolled back, or given up',
  early: "I10 delay: never before its time, by the broker's clock",
  late: 'I10 delay: at most one tick after its time, without faults',
  recall: 'I10 delay: what was taken back in time is not delivered',
  retry: 'I11 retry: the n-th redelivery waits level n+2; after the last a message is a dead letter, once',
  invisible:
    "pop: a message is nobody else's before its invisible time is over, and never again when it was acknowledged in time",
  revive: 'pop: what was popped is acknowledged or comes again; the revive queues pass over nothing',
  prompt: 'promptness: after a rest without faults, a message that is sent is handled at once',
  offsets: 'I12 offsets: a stored offset never falls by itself and never lies beyond the end',
  broadcast: 'I14 broadcast: each live member handles each message, and fails for itself alone',
  locks: 'I15 locks: only the owner of a queue, by the broker’s word, handles its messages',
  limits: 'I18 limits: what a consumer has in hand stays within its thresholds and one batch',
  routes: 'I17 routes: a NameServer tells what was registered last, and nobody else’s farewell removes it',
  convergence: 'I21 convergence: after healing every queue has one owner',
  raftVote: 'Raft, one vote: a controller votes for one candidate in a term, also after a restart',
  raftLeader: 'Raft, election safety: a term has at most one leader',
  raftLog: 'Raft, log matching: entries of one index and term are equal, and so are all before them',
  raftComplete: 'Raft, leader completeness: what is committed is in the log of every later leader',
  raftMachine: 'Raft, state machine safety: no two controllers commit different entries at one index',
  master:
    'I16 masters: an epoch has one master, from the in-sync set; only it changes the set, and only the set it saw',
  ids: 'ids: the id of a replica is assigned once',
  failover: 'I22 failover: with a majority of controllers there is a leader, and a master in the in-sync set',
  hostile: 'I19 frames: hostile bytes are refused with a sentence, change no state and disturb no other connection',
  answer: 'I23 answers: every put is answered, once, with the place it has',
  connections: 'I18 connections: a client has one connection to an address',
  throws: 'I18 no throw: the store refuses or breaks down with a sentence; it does not throw out of a timer or a sync',
  restart: 'I24 restart: every crash point restarts without a human',
} as const

/** One of the names above. */
export type Invariant = keyof typeof INVARIANTS

/** Thrown by a checker; ends the seed. */
export class Violation extends Error {
  readonly invariant: Invariant
  constructor(invariant: Invariant, message: string) {
    super(message)
    this.name = 'Violation'
    this.invariant = invariant
  }
}

/** Throws `Violation` unless `holds`. */
export function demand(holds: boolean, invariant: Invariant, message: () => string): asserts holds {
  if (!holds) throw new Violation(invariant, message())
}
