/**
 * Chooses a master among the replicas of a broker name.
 *
 * The candidates are the replicas in the in-sync set that are alive. With `allAckInSyncStateSet`, these replicas have every
 * acknowledged message. Three rules choose among the candidates:
 *
 * 1. When no replica is designated, the old master stays, if it is a candidate.
 * 2. A designated replica is chosen when it is a candidate. When the designated replica is not a candidate, no replica is
 *    chosen.
 * 3. In all other cases, the candidate with the highest epoch is chosen, then with the highest max offset, then with the
 *    smallest priority number.
 *
 * When no replica is chosen and unclean elections are allowed, the same rules are applied to all replicas that are alive. In
 * this case, messages that only other replicas have are lost.
 *
 * In RocketMQ, the difference of two offsets is cast to an int, so a difference of more than 2 GiB may choose the wrong
 * replica. In RocketMQ, two equal candidates also count as one. In GlassMQ, numbers are compared as they are. Between equal
 * candidates, the smaller id is chosen.
 *
 * RocketMQ: `DefaultElectPolicy`.
 */

/** The facts about a replica in its heartbeats. */
export interface LiveReplica {
  readonly brokerId: number
  /** The newest epoch in the replica's file of epochs, even when no byte was written in this epoch. */
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
  readonly designated: number | undefined
  /** Returns the heartbeats of a replica, or undefined when the replica is not alive. */
  alive(brokerId: number): LiveReplica | undefined
}

/** Returns the id of the master, or undefined when no replica may be chosen. */
export function elect(election: Election): number | undefined {
  return electAmong(election.syncStateSet, election) ?? electAmong(election.others, election)
}

// #region elect
function electAmong(replicas: readonly number[], election: Election): number | undefined {
  const { oldMaster, designated } = election
  const candidates = replicas.flatMap((brokerId) => election.alive(brokerId) ?? [])
  const has = (brokerId: number | undefined) => candidates.some((candidate) => candidate.brokerId === brokerId)
  if (designated !== undefined) return has(designated) ? designated : undefined
  if (has(oldMaster)) return oldMaster
  return candidates.sort(compareCandidates)[0]?.brokerId
}

/** Orders candidates: the best one is the first. */
function compareCandidates(a: LiveReplica, b: LiveReplica): number {
  return (
    b.epoch - a.epoch || b.maxOffset - a.maxOffset || a.electionPriority - b.electionPriority || a.brokerId - b.brokerId
  )
}
// #endregion elect
