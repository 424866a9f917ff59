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
  const known = [election.syncStateSet, election.others].map((ids) => ids.flatMap((id) => election.alive(id) ?? []))
  const choices = known.map((replicas) => choose(replicas, election))
  return choices.find((choice) => choice !== undefined)
}

function choose(replicas: readonly LiveReplica[], { oldMaster, designated }: Election): number | undefined {
  const wanted = designated ?? oldMaster
  if (replicas.some(({ brokerId }) => brokerId === wanted)) return wanted
  if (designated !== undefined) return undefined
  return replicas.reduce<LiveReplica | undefined>((best, one) => {
    if (best === undefined) return one
    const order =
      one.epoch - best.epoch || one.maxOffset - best.maxOffset || best.electionPriority - one.electionPriority
    return order >= 0 ? one : best
  }, undefined)?.brokerId
}
