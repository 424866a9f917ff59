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
export function elect({ syncStateSet, others, oldMaster, designated, alive }: Election): number | undefined {
  for (const ids of [syncStateSet, others]) {
    let best: LiveReplica | undefined
    for (const id of ids) {
      const replica = alive(id)
      if (replica === undefined || (designated !== undefined && id !== designated)) continue
      if (id === oldMaster) return id
      if (best === undefined || isBetter(replica, best)) best = replica
    }
    if (best !== undefined) return best.brokerId
  }
  return undefined
}

function isBetter(one: LiveReplica, other: LiveReplica): boolean {
  if (one.epoch !== other.epoch) return one.epoch > other.epoch
  if (one.maxOffset !== other.maxOffset) return one.maxOffset > other.maxOffset
  return one.electionPriority < other.electionPriority
}
