/** Mistakes in what makes messages come again, wait, keep their order, and reach whom they should: by the campaign that must notice. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: texts of source code
import type { Mutant } from './mutants.ts'

const BACK = 'reference/broker/processors/send-back.ts'
const LEVELS = 'reference/broker/schedule/delay-message.ts'
const LEVEL = 'reference/broker/schedule/delay-queue.ts'
const LEVEL_CLOCK = 'reference/broker/schedule/level-clock.ts'
const LOCKS = 'reference/broker/rebalance-lock-manager.ts'
const MEMBERS = 'reference/broker/consumer-manager.ts'
const OFFSETS = 'reference/broker/consumer-offset-manager.ts'
const CONCURRENT = 'reference/client/consumer/listen/consume-concurrently.ts'
const POOL = 'reference/client/consumer/listen/listener-pool.ts'
const ORDERLY = 'reference/client/consumer/listen/consume-orderly.ts'
const QUEUE_LOCKS = 'reference/client/consumer/listen/queue-locks.ts'
const QUEUE = 'reference/client/consumer/pull/process-queue.ts'
/** What stores a message that was given back. */
const PUT_BACK = '  broker.store.putMessage(stored, (result) => {\n'
const CLIENT_BACK = 'reference/client/consumer/listen/send-back.ts'
const SHARE = 'reference/client/consumer/rebalance/share.ts'
const REBALANCE = 'reference/client/consumer/rebalance/rebalance.ts'
const LOCAL = 'reference/client/consumer/pull/local-offset-store.ts'
const FLOW = 'reference/client/consumer/pull/flow-control.ts'
const PULL = 'reference/client/consumer/pull/pull-loop.ts'
const AVG = 'reference/common/allocate/allocate-averagely.ts'
const CIRCLE = 'reference/common/allocate/allocate-by-circle.ts'
const RING = 'reference/common/allocate/allocate-consistent-hash.ts'

/** Found by the campaign `retry`: retries and dead letters. */
export const RETRY_MUTANTS: readonly Mutant[] = [
  {
    name: 'one attempt too many',
    file: BACK,
    find: 'times >= maxTimes',
    replace: 'times > maxTimes',
  },
  {
    name: 'the consumer does not say how often: the group decides',
    file: BACK,
    find: 'header.maxReconsumeTimes ?? group.retryMaxTimes',
    replace: 'group.retryMaxTimes',
  },
  {
    name: 'what is given up is tried again',
    file: BACK,
    find: 'asked < 0 || times',
    replace: 'times',
  },
  {
    name: 'a dead letter goes to the retry topic as well',
    file: BACK,
    find: PUT_BACK,
    replace: `  if (isDead) broker.store.putMessage({ ...message, topic: RETRY_TOPIC_PREFIX + header.group }, () => {})\n${PUT_BACK}`,
  },
  {
    name: 'a dead letter is stored twice, with faults on',
    file: BACK,
    find: PUT_BACK,
    replace: `  if (isDead) broker.store.putMessage(message, () => {})\n${PUT_BACK}`,
    underFaults: true,
  },
  {
    name: 'the consumer gives every message back twice, with faults on',
    file: CLIENT_BACK,
    find: "    if (address === '') return fallBack()\n",
    replace:
      "    if (address === '') return fallBack()\n    this.#instance.remoting.invoke(address, { code: consumerSendMsgBack.code, extFields }, limits.CONSUMER_SEND_BACK_TIMEOUT_MS, () => {})\n",
    underFaults: true,
  },
  {
    name: 'what was taken back is sent again as well, with faults on',
    file: CLIENT_BACK,
    find: 'if (answer.response?.code === ResponseCode.SUCCESS) return this.#givenBack(done)',
    replace:
      'if (answer.response?.code === ResponseCode.SUCCESS) this.sendAsMessage(message, message.reconsumeTimes + 1, () => {})\n      if (answer.response?.code === ResponseCode.SUCCESS) return this.#givenBack(done)',
    underFaults: true,
  },
  {
    name: 'the first wait is five seconds',
    file: BACK,
    find: 'const FIRST_RETRY_LEVEL = 3',
    replace: 'const FIRST_RETRY_LEVEL = 2',
  },
  {
    name: 'every redelivery waits as long as the first',
    file: BACK,
    find: ': FIRST_RETRY_LEVEL + times',
    replace: ': FIRST_RETRY_LEVEL',
  },
  {
    name: 'a message that could not be given back is consumed',
    file: CONCURRENT,
    find: "      if (error === '') this.#remove(consuming)\n      else this.#againHere(loop, message, error)",
    replace: '      this.#remove(consuming)',
    also: [{ file: CLIENT_BACK, find: '      fallBack()\n    })', replace: '      done(problem)\n    })' }],
  },
  {
    name: 'given back another way, a message has lost an attempt',
    file: CLIENT_BACK,
    find: 'this.sendAsMessage(message, message.reconsumeTimes + 1, done)',
    replace: 'this.sendAsMessage(message, message.reconsumeTimes, done)',
  },
  {
    name: 'a late answer after the timeout still counts',
    file: CONCURRENT,
    find: 'if (consuming.isExpired || !this.#isStillOurs(consuming)) return',
    replace: 'if (!this.#pool.isOpen) return',
    also: [
      {
        file: CONCURRENT,
        find: 'if (this.#isStillOurs(consuming)) this.#failed(consuming, limits',
        replace: 'if (!this.#pool.isOpen) this.#failed(consuming, limits',
      },
    ],
  },
]

/** Found by the same campaign: delay levels, on which retries wait. */
export const LEVEL_MUTANTS: readonly Mutant[] = [
  {
    name: 'a message waits one level less than it asks for',
    file: LEVELS,
    find: 'const level = Math.min(delayLevelOf(properties), delaysMs.length)',
    replace: 'const level = Math.max(1, Math.min(delayLevelOf(properties), delaysMs.length) - 1)',
  },
  {
    name: 'what waits behind the first is delivered with it',
    file: LEVEL,
    find: 'const due = notDue < 0 ? waiting : waiting.slice(0, notDue)',
    replace: 'const due = notDue === 0 ? [] : waiting',
  },
  {
    name: 'due a second early',
    file: LEVEL_CLOCK,
    find: 'return leftMs <= 0 ||',
    replace: 'return leftMs <= 1_000 ||',
  },
  {
    name: 'a delivery that failed is passed over',
    file: LEVEL,
    find: 'if (failure === undefined) this.#offset = message.queueOffset + 1',
    replace: 'this.#offset = message.queueOffset + 2',
  },
  {
    name: 'nobody waits for the next message of a level',
    file: LEVEL,
    find: 'else this.#lookLater(first)',
    replace: 'else if (first.queueOffset % 3 !== 2) this.#lookLater(first)',
  },
]

/** Found by the campaign `order`. */
export const ORDER_MUTANTS: readonly Mutant[] = [
  {
    name: 'what was done after the lock had ended is committed',
    file: ORDERLY,
    find: 'if (!this.#hasLock(loop)) this.#finish(loop, () => this.#settings.onLockLost(loop))\n      else if',
    replace: 'if',
  },
  {
    name: 'a lock is lost, and the queue is kept',
    file: QUEUE_LOCKS,
    find: '    this.#onLost(queue)\n',
    replace: '',
  },
  {
    name: 'the broker gives a lock that somebody has',
    file: LOCKS,
    find: 'entry.clientId !== clientId && !this.#isExpired(entry)',
    replace: 'entry.clientId !== clientId && this.#isExpired(entry)',
  },
  {
    name: 'locks end after ten seconds',
    file: LOCKS,
    find: 'entry.lastUpdateMs > REBALANCE_LOCK_MAX_LIVE_MS',
    replace: 'entry.lastUpdateMs > 10_000',
  },
  {
    name: 'a lock ends a minute after it was given, renewed or not',
    file: LOCKS,
    find: 'locks.set(key, { clientId, lastUpdateMs: this.#host.clock.monotonicMs() })',
    replace:
      'locks.set(key, { clientId, lastUpdateMs: entry?.clientId === clientId ? entry.lastUpdateMs : this.#host.clock.monotonicMs() })',
  },
  {
    name: 'glassmqLockGrace: a broker that is back gives locks at once',
    file: 'reference/broker/broker.ts',
    find: 'if (this.config.glassmqLockGrace && hasLivedBefore) this.locks.rest()',
    replace: 'void hasLivedBefore',
  },
  {
    name: 'a consumer believes in its lock for two minutes',
    file: QUEUE_LOCKS,
    find: 'lock.lockedAtMs <= limits.REBALANCE_LOCK_MAX_LIVE_MS',
    replace: 'lock.lockedAtMs <= 120_000',
  },
  {
    name: 'a queue is given up in the middle of a message',
    file: ORDERLY,
    find: 'if (this.#busy.has(loop)) this.#leaving.set(loop, done)\n    else done()',
    replace: 'done()',
  },
  {
    name: 'a message that failed goes to the end of its queue',
    file: QUEUE,
    find: 'if (this.has(message)) this.#messages.set(message.queueOffset, message)',
    replace: 'if (this.#messages.delete(message.queueOffset)) this.#messages.set(message.queueOffset, message)',
  },
  {
    name: 'a queue does not wait after a failure',
    file: ORDERLY,
    find: 'this.#host.clock.after(Math.min(Math.max(suspendMs, min), max), ',
    replace: 'this.#host.clock.after(Math.min(min, suspendMs, max), ',
  },
  {
    name: 'a queue does not wait for its message',
    file: ORDERLY,
    find: 'if (this.#busy.has(loop) || this.#suspended.has(loop)) return\n    this.#ready.add(loop)',
    replace: 'this.#ready.add(loop)',
  },
  {
    name: 'the lock of a queue that could not be begun is kept',
    file: REBALANCE,
    find: '    this.#settings.locks?.unlock([queue])\n    this.soon(limits.REBALANCE_SOON_MS)\n  }',
    replace: '    this.soon(limits.REBALANCE_SOON_MS)\n  }',
  },
]

/** Found by the campaign `delivery`: broadcasting, and groups besides. */
export const DELIVERY_MUTANTS: readonly Mutant[] = [
  {
    name: 'broadcast: members share the queues',
    file: REBALANCE,
    find: 'if (this.#settings.isBroadcasting) return this.#take(topic, queues)',
    replace: '',
  },
  {
    name: 'broadcast: a message that failed stays in hand for ever',
    file: CONCURRENT,
    find: '      return this.#remove(consuming)\n    }\n    this.#giveBack',
    replace: '      return\n    }\n    this.#giveBack',
  },
  {
    name: 'broadcast: a message that failed is repeated',
    file: CONCURRENT,
    find: '      return this.#remove(consuming)\n    }\n    this.#giveBack',
    replace: "      return this.#againHere(loop, message, 'mutant')\n    }\n    this.#giveBack",
  },
  {
    name: 'broadcast: offsets are never noted',
    file: LOCAL,
    find: 'if (!this.#isChanged || this.#isWriting) return',
    replace: 'if (this.#isChanged || this.#isWriting) return',
  },
  {
    name: 'broadcast: the noted offset is one too high',
    file: LOCAL,
    find: 'answered(this.#stored.get(queueKey(queue))?.offset ?? ',
    replace: 'answered((this.#stored.get(queueKey(queue))?.offset ?? Number.NaN) + 1 || ',
  },
  {
    name: 'the offset that is stored is the newest that is done',
    file: QUEUE,
    find: 'return oldest.done === true ? this.#afterLast : oldest.value',
    replace: 'return oldest.done === true ? this.#afterLast : message.queueOffset + 1',
  },
  {
    name: 'the offset of a group is stored one too high',
    file: OFFSETS,
    find: 'queues.set(String(queueId), offset)',
    replace: 'queues.set(String(queueId), offset + 1)',
  },
]

/** Found by the campaign `rebalance`. */
export const REBALANCE_MUTANTS: readonly Mutant[] = [
  {
    name: 'who leaves is not told of, and is missed at the next look',
    file: MEMBERS,
    find: '    this.#notify(groupName, group)\n  }\n\n  channelClosed',
    replace: '  }\n\n  channelClosed',
  },
  {
    name: 'the dead stay in the group',
    file: MEMBERS,
    find: "this.unregister(channel, name, 'its connection closed')",
    replace: 'void [channel, name]',
  },
  {
    name: 'who leaves is not told of, and nobody looks again',
    file: REBALANCE,
    find: 'this.soon(limits.REBALANCE_INTERVAL_MS)',
    replace: '',
    also: [
      {
        file: 'reference/client/consumer/push-consumer.ts',
        find: 'if (group === this.group) this.#rebalanceSoon()',
        replace: '',
      },
    ],
  },
  {
    name: 'a queue that is no longer there is kept',
    file: REBALANCE,
    find: 'if (loop.queue.topic === topic && !keys.has(key)) this.#giveUp(loop)',
    replace:
      'if (loop.queue.topic === topic && !keys.has(key) && mine.length > 0 && loop.queue.queueId < 4) this.#giveUp(loop)',
  },
  {
    name: 'members are not sorted',
    file: SHARE,
    find: "[...(readJsonBody('GET_CONSUMER_LIST_BY_GROUP', body, consumerIdListShape) ?? [])].sort()",
    replace: "[...(readJsonBody('GET_CONSUMER_LIST_BY_GROUP', body, consumerIdListShape) ?? [])]",
  },
  {
    name: 'queues of writers are shared, not those of readers',
    file: 'reference/client/client-instance.ts',
    find: 'queuesOf(topic, data.brokerName, data.readQueueNums)',
    replace: 'queuesOf(topic, data.brokerName, data.writeQueueNums)',
  },
  {
    name: 'AVG: the last queue of an uneven share is nobody’s',
    file: AVG,
    find: '(index < remainder ? 1 : 0)',
    replace: '0',
  },
  {
    name: 'AVG: the last members have the larger shares',
    file: AVG,
    find: 'const start = index * size + Math.min(index, remainder)\n  return queues.slice(start, start + size + (index < remainder ? 1 : 0))',
    replace:
      'const even = clientIds.length - remainder\n  const start = index * size + Math.max(0, index - even)\n  return queues.slice(start, start + size + (index >= even ? 1 : 0))',
  },
  {
    name: 'AVG_BY_CIRCLE: it deals to one more than there are',
    file: CIRCLE,
    find: 'at % clientIds.length === index',
    replace: 'at % (clientIds.length + 1) === index',
  },
  {
    name: 'AVG_BY_CIRCLE: the first card goes to two',
    file: CIRCLE,
    find: 'at % clientIds.length === index',
    replace: 'at % clientIds.length === index || (at === 0 && index === 1)',
  },
  {
    name: 'AVG_BY_CIRCLE: it deals two at a time',
    file: CIRCLE,
    find: 'at % clientIds.length === index',
    replace: '(at >> 1) % clientIds.length === index',
  },
  {
    name: 'AVG_BY_CIRCLE: it begins with the second member',
    file: CIRCLE,
    find: 'at % clientIds.length === index',
    replace: '(at + 1) % clientIds.length === index',
  },
  {
    name: 'CONSISTENT_HASH: after the last comes nobody',
    file: RING,
    find: '(ring.find((node) => node.at >= at) ?? ring[0])?.owner',
    replace: 'ring.find((node) => node.at >= at)?.owner',
  },
  {
    name: 'CONSISTENT_HASH: the ring is not sorted',
    file: RING,
    find: '.sort((a, b) => a.at - b.at)',
    replace: '',
  },
  {
    name: 'CONSISTENT_HASH: each member stands there once',
    file: RING,
    find: 'const VIRTUAL_NODES = 10',
    replace: 'const VIRTUAL_NODES = 1',
  },
  {
    name: 'CONSISTENT_HASH: members disagree about whose place is next',
    file: RING,
    find: '(ring.find((node) => node.at >= at) ?? ring[0])?.owner === clientId',
    replace: 'ring.some((node) => node.owner === clientId && node.at >= at && node.at - at < 2 ** 31)',
  },
  {
    name: 'CONSISTENT_HASH: a queue’s number is not hashed',
    file: RING,
    find: ', queueId=${queue.queueId}]`',
    replace: ']`',
  },
]

/** Found by the campaign `flow`. */
export const FLOW_MUTANTS: readonly Mutant[] = [
  {
    name: 'messages in hand are not counted',
    file: FLOW,
    find: "queues, flow.pullThresholdForQueue)) return 'count'",
    replace: "queues, flow.pullThresholdForQueue) * 9) return 'count'",
  },
  {
    name: 'MiB are taken for bytes the other way round',
    file: FLOW,
    find: 'queues, flow.pullThresholdSizeForQueue) * MIB',
    replace: 'queues, flow.pullThresholdSizeForQueue) * MIB * 8',
  },
  {
    name: 'the span is not looked at',
    file: FLOW,
    find: "!isOrderly && span > flow.consumeConcurrentlyMaxSpan ? 'span'",
    replace: "!isOrderly && span > 65_535 ? 'span'",
  },
  {
    name: 'each queue takes the whole limit of its topic',
    file: FLOW,
    find: 'Math.floor(forTopic / Math.max(1, queues))',
    replace: 'forTopic',
  },
  {
    name: 'the batch is what it always was',
    file: PULL,
    find: ': this.#flow.pullBatchSize',
    replace: ': limits.PULL_BATCH_SIZE',
  },
  {
    name: 'as many threads as messages',
    file: POOL,
    find: 'this.#consuming.size < this.#settings.consumeThreadMax',
    replace: 'this.#consuming.size < 1_000',
  },
  {
    name: 'bytes of what was consumed are never given back',
    file: QUEUE,
    find: 'if (this.#messages.delete(message.queueOffset)) this.#bytes -= message.body.length',
    replace: 'this.#messages.delete(message.queueOffset)',
  },
]

/** Mistakes that the first thousands of seeds do not show; for long campaigns. */
export const RARE_MUTANTS: readonly Mutant[] = [
  {
    name: 'a queue is begun that has gone to another member meanwhile',
    file: REBALANCE,
    find: 'if (offset === undefined || !this.#isMine(queue)) return',
    replace: 'if (offset === undefined) return',
  },
]
