/**
 * Asks a broker which queues this member of a consumer group has, and whether the member pulls or pops these queues. Used
 * when `clientRebalance` is false.
 *
 * | answer of the broker            | what the member does                                                   |
 * | ------------------------------- | --------------------------------------------------------------------- |
 * | queues to pull | pulls these queues and the pop retry topics, which may have messages that were popped before |
 * | queues to pop                   | pops these queues. The broker adds the messages of the pop retry topic   |
 * | an answer without a list, or no answer | keeps the queues that it has |
 * | REQUEST_CODE_NOT_SUPPORTED, from an old broker | computes its part of the queues itself from now on        |
 *
 * RocketMQ: `RebalanceImpl.getRebalanceResultFromBroker`, `updateMessageQueueAssignment`.
 */
import { type MessageQueue, RETRY_TOPIC_PREFIX } from '../../../common/message.ts'
import { MESSAGE_MODEL } from '../../../remoting/bodies/heartbeat.ts'
import { encodeJsonBody, readJsonBody } from '../../../remoting/bodies/json-body.ts'
import {
  type MessageQueueAssignment,
  queryAssignment,
  queryAssignmentAnswerShape,
} from '../../../remoting/requests/query-assignment.ts'
import { ResponseCode } from '../../../remoting/response-code.ts'
import type { ClientInstance } from '../../client-instance.ts'
import { QUERY_ASSIGNMENT_TIMEOUT_MS } from '../../limits.ts'
import type { PopQueues } from '../pop/pop-queues.ts'

/** The parts of the consumer that the class `BrokerAssignment` needs. */
export interface BrokerAssignmentSettings {
  readonly group: string
  readonly strategyName: string
  readonly popQueues: PopQueues
  /**
   * Called when a broker has decided whether a topic is pulled or popped. While the topic is pulled, its pop retry topic
   * must be pulled as well.
   */
  readonly onMode: (topic: string, isPopped: boolean) => void
}

/**
 * Receives the queues to pull. When the value is `unknown`, the member keeps its queues. When the value is `unsupported`,
 * the member computes its part of the queues itself.
 */
type Answered = (queues: readonly MessageQueue[] | 'unknown' | 'unsupported') => void

/** Asks brokers for the queues of one consumer. */
export class BrokerAssignment {
  readonly #instance: ClientInstance
  readonly #settings: BrokerAssignmentSettings
  #isUnsupported = false

  constructor(instance: ClientInstance, settings: BrokerAssignmentSettings) {
    this.#instance = instance
    this.#settings = settings
  }

  // #region ask-assignment
  /**
   * Asks the broker at `address` for the queues of a topic. After the answer, the consumer may begin or stop to pop queues.
   * `answered` is called once: with the queues to pull, with `unknown`, or with `unsupported`.
   */
  ask(topic: string, address: string, answered: Answered): void {
    if (this.#isUnsupported) return answered('unsupported')
    const { group: consumerGroup, strategyName } = this.#settings
    const { clientId } = this.#instance
    const messageModel = MESSAGE_MODEL.CLUSTERING
    const body = encodeJsonBody({ topic, consumerGroup, clientId, strategyName, messageModel })
    // An answer without a list changes nothing. After REQUEST_CODE_NOT_SUPPORTED, this member computes its part itself.
    this.#instance.remoting.invoke(
      address,
      { code: queryAssignment.code, body },
      QUERY_ASSIGNMENT_TIMEOUT_MS,
      (answer) => {
        const code = answer.response?.code
        if (code === ResponseCode.REQUEST_CODE_NOT_SUPPORTED) {
          this.#isUnsupported = true
          return answered('unsupported')
        }
        const assignments =
          code === ResponseCode.SUCCESS
            ? readJsonBody('QUERY_ASSIGNMENT', answer.response?.body, queryAssignmentAnswerShape)
            : undefined
        answered(assignments === undefined ? 'unknown' : this.#take(topic, assignments))
      },
    )
  }
  // #endregion ask-assignment

  #take(topic: string, assignments: readonly MessageQueueAssignment[]): readonly MessageQueue[] {
    const { popQueues, onMode } = this.#settings
    const of = (mode: string) => assignments.filter((one) => one.mode === mode).map(({ messageQueue }) => messageQueue)
    const [pulled, popped] = [of('PULL'), of('POP')]
    if (!topic.startsWith(RETRY_TOPIC_PREFIX) && (pulled.length === 0) !== (popped.length === 0))
      onMode(topic, popped.length > 0)
    popQueues.take(topic, popped)
    return pulled
  }
}
