/** A naive election: the replica with the longest log becomes the master. */
import type { Election } from '../../../../reference/controller/elect-policy.ts'

export type { Election, LiveReplica } from '../../../../reference/controller/elect-policy.ts'

// #region longest-wins
/** Returns the id of the master: of all replicas that are alive, the one with the longest log. */
export function elect({ syncStateSet, others, oldMaster, alive }: Election): number | undefined {
  const everybody = new Set([...syncStateSet, ...others, ...ANY])
  const living = [...everybody].flatMap((id) => alive(id) ?? [])
  if (living.some(({ brokerId }) => brokerId === oldMaster)) return oldMaster
  return living.sort((a, b) => b.maxOffset - a.maxOffset)[0]?.brokerId
}
// #endregion longest-wins

/** The ids that a pair may have. */
const ANY = [1, 2]
