/**
 * The filter of a pull or pop, and reading a queue through it: a tag's hash is compared in the queue, SQL92 reads the record.
 *
 * RocketMQ: `ExpressionMessageFilter`, `FilterAPI`. Not here: the class filter of 4.x.
 */
import { javaHashCode } from '../../common/hash.ts'
import { javaTrim } from '../../common/java-text.ts'
import { SUB_ALL, type SubscriptionData } from '../../remoting/bodies/heartbeat.ts'
import { Refusal } from '../../remoting/refusal.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import type { EntryFilter, GetMessageResult } from '../../store/get-message.ts'
import type { MessageStore } from '../../store/message-store.ts'
import type { ExpressionFilters } from './expression-filters.ts'
import { readFiltered } from './filtered-read.ts'
import type { SqlFilter } from './sql92.ts'

/** Accepts every message. */
export const EVERYTHING: EntryFilter = () => true

/**
 * The messages that a subscription accepts: those with one of its tags, or those whose properties satisfy its expression.
 */
export interface PullFilter {
  /** EVERYTHING for SQL92: any message wakes a held request, which then may find that the message does not pass. */
  readonly byTag: EntryFilter
  /** The hashes that `byTag` accepts; undefined when it accepts every message. */
  readonly codes?: ReadonlySet<number>
  readonly byProperties?: SqlFilter
}

/** Returns messages of a queue, from an offset on, that pass the filter. */
export function readThrough(
  store: MessageStore,
  topic: string,
  queueId: number,
  queueOffset: number,
  maxMsgNums: number,
  { byTag, byProperties }: PullFilter,
): GetMessageResult {
  if (byProperties === undefined) return store.getMessage(topic, queueId, queueOffset, maxMsgNums, byTag)
  const from = (offset: number, maxCount: number) => store.getMessage(topic, queueId, offset, maxCount, EVERYTHING)
  return readFiltered(from, queueOffset, maxMsgNums, byProperties, store.isFull())
}

// #region subscription-filter
/** The filter of a subscription text; its type is `TAG` unless another is named. Throws `Refusal`. */
export function filterOfText(filters: ExpressionFilters, expressionType: string | undefined, text: string): PullFilter {
  return expressionType === undefined || expressionType === '' || expressionType === 'TAG'
    ? filterOfTags(javaTrim(text))
    : filterOfExpression(filters, expressionType, text)
}

/**
 * The filter of a subscription from a heartbeat. The broker compares hashes only; two tags may share one, so the client
 * compares the text again.
 */
export function filterOfSubscription(
  filters: ExpressionFilters,
  { expressionType, subString, classFilterMode, codeSet }: SubscriptionData,
): PullFilter {
  if (expressionType !== '' && expressionType !== 'TAG') return filterOfExpression(filters, expressionType, subString)
  if (subString === SUB_ALL || classFilterMode) return { byTag: EVERYTHING }
  return filterOfCodes(codesOf(codeSet))
}

/** The list of a heartbeat as a set, made once: every pull of the group needs it. */
const codeSets = new WeakMap<readonly number[], ReadonlySet<number>>()

function codesOf(codeSet: readonly number[]): ReadonlySet<number> {
  let codes = codeSets.get(codeSet)
  if (codes === undefined) codeSets.set(codeSet, (codes = new Set(codeSet)))
  return codes
}

function filterOfCodes(codes: ReadonlySet<number>): PullFilter {
  return codes.size === 0 ? { byTag: EVERYTHING } : { byTag: (tagsCode) => codes.has(tagsCode), codes }
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
