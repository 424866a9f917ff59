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
  return electAmong(election.syncStateSet, election) ?? electAmong(election.others, election)
}

function electAmong(replicas: readonly number[], { oldMaster, designated, alive }: Election): number | undefined {
  const candidates = replicas.flatMap((brokerId) => alive(brokerId) ?? [])
  const has = (brokerId: number | undefined) => candidates.some((candidate) => candidate.brokerId === brokerId)
  if (designated !== undefined) return has(designated) ? designated : undefined
  if (has(oldMaster)) return oldMaster
  return candidates.sort(compareCandidates)[0]?.brokerId
}

/** Orders candidates: the best one is the first. */
function compareCandidates(a: LiveReplica, b: LiveReplica): number {
  return b.epoch - a.epoch || b.maxOffset - a.maxOffset || a.electionPriority - b.electionPriority
}
