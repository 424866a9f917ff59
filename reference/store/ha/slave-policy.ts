/**
 * Decides for how many copies a put of a SYNC_MASTER waits, when its slaves are configured.
 *
 * | `haStatuses` | a put waits for                 | answer when no slave is connected, or all slaves are too far behind | answer when `slaveTimeout` has passed |
 * | ------------ | ------------------------------ | ---------------------------------- | ------------------------------- |
 * | 5.x          | `inSyncReplicas` - 1 slaves     | no answer: the put waits           | FLUSH_SLAVE_TIMEOUT              |
 * | 4.9          | one slave                       | SLAVE_NOT_AVAILABLE at once        | FLUSH_SLAVE_TIMEOUT              |
 *
 * The master counts as the first replica. So with the default `inSyncReplicas=1`, a SYNC_MASTER of 5.x does not wait for a
 * slave. RocketMQ: `CommitLog.handleHA`, `GroupTransferService.doWaitTransfer`; in 4.9 also `HAService.isSlaveOK`.
 */
import type { CopyPolicy } from './group-transfer.ts'
import type { SlaveState } from './ha-master.ts'
import { HA_SLAVE_FALLBEHIND_BYTES } from './limits.ts'

/** The version of RocketMQ whose answers a SYNC_MASTER copies. See the table above. */
export type HaStatuses = '4.9' | '5.x'

/** The settings of the policy. */
export interface CopyRules {
  readonly haStatuses: HaStatuses
  readonly inSyncReplicas: number
}

/** Returns the policy of a SYNC_MASTER whose slaves are configured. */
export function slavePolicy(rules: CopyRules, slaves: () => readonly SlaveState[]): CopyPolicy {
  const neededSlaves = rules.haStatuses === '4.9' ? 1 : rules.inSyncReplicas - 1
  return {
    isTooSmall: false,
    // #region copies-arrived
    releasedAt() {
      if (neededSlaves <= 0) return Number.MAX_SAFE_INTEGER
      const acked = slaves()
        .map(({ ackedAt }) => ackedAt)
        .sort((a, b) => b - a)
      return acked[neededSlaves - 1] ?? -1
    },
    // #endregion copies-arrived
    // RocketMQ 4.9: `HAService.isSlaveOK`
    refusal(upTo) {
      if (rules.haStatuses !== '4.9') return ''
      const furthest = Math.max(-1, ...slaves().map(({ ackedAt }) => ackedAt))
      const isAvailable = slaves().length > 0 && upTo - Math.max(0, furthest) < HA_SLAVE_FALLBEHIND_BYTES
      return isAvailable ? '' : 'no slave is connected, or each is too far behind'
    },
  }
}
