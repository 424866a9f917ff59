/**
 * The bits of a message's `sysFlag`, of a pull's `sysFlag`, and of a topic's `perm`.
 *
 * RocketMQ: `MessageSysFlag`, `PullSysFlag`, `PermName`.
 */

export const SYS_FLAG = {
  COMPRESSED: 0x1,
  MULTI_TAGS: 0x2,
  TRANSACTION_PREPARED: 0x4,
  TRANSACTION_COMMIT: 0x8,
  /** Both transaction bits. This value is also the mask for the two bits. */
  TRANSACTION_ROLLBACK: 0xc,
  BORN_HOST_V6: 0x10,
  STORE_HOST_V6: 0x20,
  COMPRESSION_LZ4: 0x100,
  COMPRESSION_ZSTD: 0x200,
  COMPRESSION_ZLIB: 0x300,
  COMPRESSION_MASK: 0x700,
} as const

/** Returns the two transaction bits. The result is 0 (no transaction), 4 (prepared), 8 (committed) or 12 (rolled back). */
export function transactionValue(sysFlag: number): number {
  return sysFlag & SYS_FLAG.TRANSACTION_ROLLBACK
}

export const PULL_SYS_FLAG = {
  /** When this bit is set, the broker stores the field `commitOffset` of the request. */
  COMMIT_OFFSET: 1,
  /** When this bit is set, the broker may hold the pull until a message arrives. */
  SUSPEND: 2,
  /**
   * When this bit is set, the broker uses the field `subscription` of the request, and not the subscription of the
   * heartbeat.
   */
  SUBSCRIPTION: 4,
  CLASS_FILTER: 8,
  LITE_PULL: 16,
} as const

export const PERM = { INHERIT: 1, WRITE: 2, READ: 4, PRIORITY: 8 } as const

/**
 * The bits of a topic's `topicSysFlag`. UNIT means that the topic belongs to one unit of a larger installation. UNIT_SUB
 * means that other units subscribe to the topic. RocketMQ: `TopicSysFlag`.
 */
export const TOPIC_SYS_FLAG = { UNIT: 1, UNIT_SUB: 2 } as const
