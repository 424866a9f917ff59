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
  const found = slave.findLastIndex((own) => indexIn(master, own) >= 0)
  if (found < 0) return -1
  const at = indexIn(master, slave[found]!)
  return Math.min(endOf(slave, found, slaveEndsAt), endOf(master, at, masterEndsAt))
}

function indexIn(all: readonly EpochEntry[], { epoch, startOffset }: EpochEntry): number {
  return all.findIndex((entry) => entry.epoch === epoch && entry.startOffset === startOffset)
}

function endOf(all: readonly EpochEntry[], i: number, endsAt: number): number {
  return i + 1 < all.length ? all[i + 1]!.startOffset : endsAt
}
