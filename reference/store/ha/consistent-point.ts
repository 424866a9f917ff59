/**
 * Finds the position up to which two logs are equal, by their epochs. The slave removes everything behind this position.
 *
 * All bytes of one epoch were written by one master, in one order. So two logs that have an epoch at the same position are
 * equal from there on, as far as both of them have this epoch.
 *
 * RocketMQ: `EpochFileCache.findConsistentPoint`.
 */
import type { EpochEntry } from './epoch-file.ts'

// #region consistent-point
/**
 * Returns the position up to which the log of a slave equals the log of its master. Returns -1 when no epoch begins at the
 * same position in both logs. `slaveEndsAt` and `masterEndsAt` are the ends of the logs.
 */
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
// #endregion consistent-point
