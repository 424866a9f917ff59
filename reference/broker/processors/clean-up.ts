/**
 * Frees disk space when an operator requests it. RocketMQ: `AdminBrokerProcessor` (cleanExpiredConsumeQueue,
 * cleanUnusedTopic, deleteExpiredCommitLog).
 */

import type { RequestHandlers } from '../../remoting/dispatch.ts'
import { SUCCESS } from '../../remoting/remoting-command.ts'
import { cleanExpiredConsumeQueue, cleanUnusedTopic, deleteExpiredCommitLog } from '../../remoting/requests/clean-up.ts'
import type { MessageStore } from '../../store/message-store.ts'
import type { TopicConfigManager } from '../topic-config-manager.ts'

/** The parts of the broker that the handlers need. */
export interface CleanUpParts {
  readonly store: MessageStore
  readonly topics: TopicConfigManager
}

/** Returns the handlers of the three requests that free disk space, by code. */
export function cleanUpHandlers(broker: CleanUpParts): RequestHandlers {
  return [
    [
      cleanExpiredConsumeQueue.code,
      () => {
        broker.store.cleanExpiredConsumeQueue()
        return SUCCESS
      },
    ],
    [
      cleanUnusedTopic.code,
      () => {
        const isUsed = (topic: string) => broker.topics.get(topic) !== undefined || broker.topics.isSystemTopic(topic)
        for (const topic of broker.store.topicNames()) if (!isUsed(topic)) broker.store.deleteTopic(topic)
        return SUCCESS
      },
    ],
    [
      deleteExpiredCommitLog.code,
      () => {
        broker.store.deleteExpiredFiles()
        return SUCCESS
      },
    ],
  ]
}
