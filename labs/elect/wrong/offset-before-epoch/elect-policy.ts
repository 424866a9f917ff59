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

/** Longer logs first; the epoch decides between equal ones. */
export function elect({ syncStateSet, others, oldMaster, alive }: Election): number | undefined {
  for (const ids of [syncStateSet, others]) {
    const living = ids.flatMap((id) => alive(id) ?? [])
    if (living.some(({ brokerId }) => brokerId === oldMaster)) return oldMaster
    const [best] = living.sort((a, b) => b.maxOffset - a.maxOffset || b.epoch - a.epoch)
    if (best !== undefined) return best.brokerId
  }
  return undefined
}
