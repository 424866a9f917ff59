/**
 * Chooses a master among the replicas of a broker name. The leader of the controllers calls `elect` when a master is gone, and when
 * a broker or an operator asks for an election.
 *
 * `syncStateSet` has the ids of the in-sync set in ascending order: the replicas that have everything that was answered, if each
 * answer has waited for all of them (`allAckInSyncStateSet`). `alive(id)` returns what the heartbeats of a replica say, or undefined
 * when it is dead or was never there.
 */

/** What the heartbeats of a replica say. */
export interface LiveReplica {
  readonly brokerId: number
  /** The newest epoch in the replica's file of epochs, also when nothing was written in it. */
  readonly epoch: number
  readonly maxOffset: number
  /** A smaller number is preferred. */
  readonly electionPriority: number
}

/** An election. */
export interface Election {
  readonly syncStateSet: readonly number[]
  /** All replicas when unclean elections are allowed, and otherwise an empty list. */
  readonly others: readonly number[]
  readonly oldMaster: number | undefined
  /** The replica that an operator has named, if any: this one or none. */
  readonly designated: number | undefined
  /** Returns the heartbeats of a replica, or undefined when the replica is not alive. */
  alive(brokerId: number): LiveReplica | undefined
}

/** Returns the id of the master, or undefined when no replica may be chosen. */
export function elect(election: Election): number | undefined {
  const { syncStateSet, others, oldMaster, designated, alive } = election
  const inSet = syncStateSet.filter((id) => alive(id) !== undefined)
  const candidates = inSet.length > 0 ? inSet : others.filter((id) => alive(id) !== undefined)
  if (designated !== undefined) return candidates.includes(designated) ? designated : undefined
  if (oldMaster !== undefined && candidates.includes(oldMaster)) return oldMaster
  const latest = Math.max(...candidates.map((id) => alive(id)!.epoch))
  const ofEpoch = candidates.filter((id) => alive(id)!.epoch === latest)
  const furthest = Math.max(...ofEpoch.map((id) => alive(id)!.maxOffset))
  const equal = ofEpoch.filter((id) => alive(id)!.maxOffset === furthest)
  return equal.sort((a, b) => alive(a)!.electionPriority - alive(b)!.electionPriority)[0]
}
