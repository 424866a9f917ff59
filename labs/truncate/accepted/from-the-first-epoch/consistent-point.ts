/**
 * Says up to which position the log of a slave equals the log of its master. The slave removes everything behind this position, and
 * then it copies what its master has.
 *
 * `slave` and `master` are the epochs of the two logs, in ascending order: each with the position at which it begins. All bytes of one
 * epoch were written by one master. The last epoch of each log ends at `slaveEndsAt` or `masterEndsAt`.
 */
import type { EpochEntry } from './epoch-file.ts'

/** Returns -1 when the two logs have nothing in common. */
export function consistentPoint(
  slave: readonly EpochEntry[],
  slaveEndsAt: number,
  master: readonly EpochEntry[],
  masterEndsAt: number,
): number {
  const ofMaster = new Map(master.map(({ epoch, startOffset }, i) => [`${epoch} ${startOffset}`, i]))
  let point = -1
  for (const [i, { epoch, startOffset }] of slave.entries()) {
    const at = ofMaster.get(`${epoch} ${startOffset}`)
    if (at === undefined) continue
    const [ownEnd, itsEnd] = [slave[i + 1]?.startOffset ?? slaveEndsAt, master[at + 1]?.startOffset ?? masterEndsAt]
    point = Math.min(ownEnd, itsEnd)
  }
  return point
}
