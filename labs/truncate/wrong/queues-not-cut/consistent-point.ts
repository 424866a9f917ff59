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
  for (let i = slave.length - 1; i >= 0; i--) {
    const { epoch, startOffset } = slave[i]!
    const at = master.findIndex((entry) => entry.epoch === epoch && entry.startOffset === startOffset)
    if (at < 0) continue
    return Math.min(slave[i + 1]?.startOffset ?? slaveEndsAt, master[at + 1]?.startOffset ?? masterEndsAt)
  }
  return -1
}
