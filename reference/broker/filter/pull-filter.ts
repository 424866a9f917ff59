/**
 * The filter of a pull or pop, and the reading of a queue through this filter. A filter by tags
 * reads only the entry of the queue, which contains the hash of the message's tag. A filter by SQL92 reads the record in the
 * log.
 *
 * RocketMQ: `ExpressionMessageFilter`, `FilterAPI`. Left out: the class filter of 4.x.
 */
import { javaHashCode } from '../../common/hash.ts'
import { javaTrim } from '../../common/java-text.ts'
import { SUB_ALL, type SubscriptionData } from '../../remoting/bodies/heartbeat.ts'
import { Refusal } from '../../remoting/refusal.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import type { EntryFilter, GetMessageResult } from '../../store/get-message.ts'
import { TRANSFER_BYTES } from '../../store/limits.ts'
import type { IsFull } from '../../store/message-sizes.ts'
import type { MessageStore } from '../../store/message-store.ts'
import type { ExpressionFilters } from './expression-filters.ts'
import { readFiltered } from './filtered-read.ts'
import type { SqlFilter } from './sql92.ts'

/** Accepts every message. */
export const EVERYTHING: EntryFilter = () => true

/**
 * The filter of a subscription. With tags, a message passes when the hash of its tag is the hash of one of the tags, or when
 * all tags are subscribed. With SQL92, a message passes when its properties satisfy the expression.
 */
export interface PullFilter {
  /**
   * Accepts every message when the filter is an SQL92 expression. So a held request with SQL92 is woken by any message, even
   * by a message that does not pass the filter.
   */
  readonly byTag: EntryFilter
  /** The hashes that `byTag` accepts, or undefined when `byTag` accepts every message. */
  readonly codes?: ReadonlySet<number>
  readonly byProperties?: SqlFilter
}

/** Limits the bytes of one read for a filter by properties. The answer has limits of its own. */
const isReadFull: IsFull = (count, bytes, { sizeBytes }) => count > 0 && bytes + sizeBytes > TRANSFER_BYTES

/** Reads messages of a queue from an offset on. Returns the messages that pass the filter. */
export function readThrough(
  store: MessageStore,
  topic: string,
  queueId: number,
  queueOffset: number,
  maxMsgNums: number,
  { byTag, byProperties }: PullFilter,
): GetMessageResult {
  if (byProperties === undefined) return store.getMessage(topic, queueId, queueOffset, maxMsgNums, byTag)
  const from = (offset: number, maxCount: number) =>
    store.getMessage(topic, queueId, offset, maxCount, EVERYTHING, isReadFull)
  return readFiltered(from, queueOffset, maxMsgNums, byProperties, store.isFull())
}

// #region subscription-filter
/**
 * Returns the filter of a subscription text. The default type is `TAG`. Throws `Refusal` when the text is not a valid
 * filter, when the type is unknown, or when the type is SQL92 and the broker does not allow SQL92.
 */
export function filterOfText(filters: ExpressionFilters, expressionType: string | undefined, text: string): PullFilter {
  return expressionType === undefined || expressionType === '' || expressionType === 'TAG'
    ? filterOfTags(javaTrim(text))
    : filterOfExpression(filters, expressionType, text)
}

/**
 * Returns the filter of a subscription from a heartbeat. For tags, the broker compares only the hashes. Two tags may have
 * the same hash, so the client must also compare the tags. As in RocketMQ, a subscription by tags without hashes accepts no
 * message. It accepts every message when its text is `*` or when `classFilterMode` is true. Throws `Refusal` as
 * `filterOfText` does.
 */
export function filterOfSubscription(
  filters: ExpressionFilters,
  { expressionType, subString, classFilterMode, codeSet }: SubscriptionData,
): PullFilter {
  if (expressionType !== '' && expressionType !== 'TAG') return filterOfExpression(filters, expressionType, subString)
  if (subString === SUB_ALL || classFilterMode) return { byTag: EVERYTHING }
  return filterOfCodes(codesOf(codeSet))
}

/**
 * For each subscription, its hashes as a set. Each set is created only once, because each pull without a subscription
 * text needs the set.
 */
const codeSets = new WeakMap<readonly number[], ReadonlySet<number>>()

function codesOf(codeSet: readonly number[]): ReadonlySet<number> {
  let codes = codeSets.get(codeSet)
  if (codes === undefined) codeSets.set(codeSet, (codes = new Set(codeSet)))
  return codes
}

function filterOfCodes(codes: ReadonlySet<number>): PullFilter {
  return { byTag: (tagsCode) => codes.has(tagsCode), codes }
}

function filterOfTags(text: string): PullFilter {
  if (text === '' || text === SUB_ALL) return { byTag: EVERYTHING }
  const tags = text
    .split('||')
    .map(javaTrim)
    .filter((tag) => tag !== '')
  if (tags.length === 0)
    throw new Refusal(ResponseCode.SUBSCRIPTION_PARSE_FAILED, `the subscription "${text}" names no tag`)
  return filterOfCodes(new Set(tags.map(javaHashCode)))
}

function filterOfExpression(filters: ExpressionFilters, type: string, expression: string): PullFilter {
  return { byTag: EVERYTHING, byProperties: filters.compile(type, expression) }
}
// #endregion subscription-filter
