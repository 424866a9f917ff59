/**
 * For which copies a put of a SYNC_MASTER waits. The master asks `releasedAt` when a put comes, and each time when a slave
 * connects, reports or disconnects: every put that ends at or before that position is answered SEND_OK.
 *
 * `slaves()` returns the slaves that are connected now; `ackedAt` is the position before which a slave has every byte. The
 * master counts as the first of `inSyncReplicas`. With `haStatuses` 4.9, one slave is waited for, whatever `inSyncReplicas` says.
 */
import type { CopyPolicy } from './group-transfer.ts'
import type { SlaveState } from './ha-master.ts'
import { HA_SLAVE_FALLBEHIND_BYTES } from './limits.ts'

/** The version of RocketMQ whose answers a SYNC_MASTER copies. */
export type HaStatuses = '4.9' | '5.x'

/** The settings that decide. */
export interface CopyRules {
  readonly haStatuses: HaStatuses
  readonly inSyncReplicas: number
}

/** Returns the policy of a SYNC_MASTER whose slaves are configured. */
export function slavePolicy(rules: CopyRules, slaves: () => readonly SlaveState[]): CopyPolicy {
  const neededSlaves = rules.haStatuses === '4.9' ? 1 : rules.inSyncReplicas - 1
  return {
    isTooSmall: false,
    releasedAt() {
      if (neededSlaves <= 0) return Number.MAX_SAFE_INTEGER
      return slaves().length >= neededSlaves ? Number.MAX_SAFE_INTEGER : -1
    },
    // RocketMQ 4.9: `HAService.isSlaveOK`
    refusal(upTo) {
      if (rules.haStatuses !== '4.9') return ''
      const furthest = Math.max(-1, ...slaves().map(({ ackedAt }) => ackedAt))
      const isAvailable = slaves().length > 0 && upTo - Math.max(0, furthest) < HA_SLAVE_FALLBEHIND_BYTES
      return isAvailable ? '' : 'no slave is connected, or each is too far behind'
    },
  }
}
