/**
 * An operator sends CLEAN_EXPIRED_CONSUMEQUEUE (306), CLEAN_UNUSED_TOPIC (316) and DELETE_EXPIRED_COMMITLOG (329) to a
 * broker, to free disk space.
 *
 * CLEAN_EXPIRED_CONSUMEQUEUE deletes queue files whose messages are no longer in the log. CLEAN_UNUSED_TOPIC deletes the
 * queues of topics that no longer exist. DELETE_EXPIRED_COMMITLOG deletes expired log files at once, at any hour of the day.
 * These requests have no fields and no bodies.
 *
 * RocketMQ: `AdminBrokerProcessor.cleanExpiredConsumeQueue`, `cleanUnusedTopic`, `deleteExpiredCommitLog`.
 */
import { defineRequest } from '../request.ts'
import { RequestCode } from '../request-code.ts'

export const cleanExpiredConsumeQueue = defineRequest(
  RequestCode.CLEAN_EXPIRED_CONSUMEQUEUE,
  'CLEAN_EXPIRED_CONSUMEQUEUE',
  {},
)

export const cleanUnusedTopic = defineRequest(RequestCode.CLEAN_UNUSED_TOPIC, 'CLEAN_UNUSED_TOPIC', {})

export const deleteExpiredCommitLog = defineRequest(
  RequestCode.DELETE_EXPIRED_COMMITLOG,
  'DELETE_EXPIRED_COMMITLOG',
  {},
)
