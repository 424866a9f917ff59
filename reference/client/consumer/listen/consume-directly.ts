/**
 * Hands one message to the listener because an operator requested it. The queues do not change: no offset moves, and a
 * message that fails is not sent back.
 *
 * RocketMQ: `ConsumeMessageService.consumeMessageDirectly`.
 */
import type { MessageExt, MessageQueue } from '../../../common/message.ts'
import type { Clock } from '../../../host/host.ts'
import type { ConsumeDirectlyResult } from '../../../remoting/bodies/consumer-info.ts'
import { type MessageListener, withRealTopic } from '../pull/listener.ts'

// #region consume-directly
/**
 * Calls `done` with the listener's result and its duration. When the listener throws or rejects, the result is
 * CR_THROW_EXCEPTION.
 */
export function consumeDirectly(
  clock: Clock,
  { listener, isOrderly }: { readonly listener: MessageListener; readonly isOrderly: boolean },
  message: MessageExt,
  queue: MessageQueue,
  done: (result: ConsumeDirectlyResult) => void,
): void {
  const startMs = clock.monotonicMs()
  const tell = (consumeResult: string, remark?: string) => {
    const spentTimeMills = Math.round(clock.monotonicMs() - startMs)
    done({ order: isOrderly, autoCommit: true, consumeResult, remark, spentTimeMills })
  }
  const context = { delayLevelWhenNextConsume: 0, suspendCurrentQueueMs: 0 }
  new Promise<string>((resolve) => resolve(listener(withRealTopic(message), queue, context))).then(
    (status) => tell(status === 'CONSUME_SUCCESS' ? 'CR_SUCCESS' : 'CR_LATER'),
    (error: unknown) => tell('CR_THROW_EXCEPTION', error instanceof Error ? error.message : String(error)),
  )
}
// #endregion consume-directly
