/** Mistakes that somebody could make with popping, one small replacement each: what the campaign must notice. */
import type { Mutant } from './mutants.ts'

const QUEUE = 'reference/broker/pop/revive-queue.ts'
const OPEN = 'reference/broker/pop/open-check-points.ts'
const SETTLEMENT = 'reference/broker/pop/settlement.ts'
const SERVICE = 'reference/broker/pop/pop-service.ts'
const ACKS = 'reference/broker/processors/ack-message.ts'

export const POP_MUTANTS: readonly Mutant[] = [
  {
    name: 'acknowledgements are ignored',
    file: OPEN,
    find: 'for (const offset of ack.ackOffsets) open.acked.add(offset)',
    replace: 'if (ack.ackOffsets.length < 0) open.acked.clear()',
  },
  {
    name: 'an acknowledgement counts for whatever was popped from that offset, whenever',
    file: OPEN,
    find: 'this.#byKey.get(popKey(ack)) ?? []',
    replace:
      '[...this.#byKey.values()].flat().filter(({ ck }) => popKey({ ...ck, popTime: 0 }) === popKey({ ...ack, popTime: 0 }))',
  },
  {
    name: 'the revive offset is stored one too high',
    file: QUEUE,
    find: 'this.#queueId, reviveOffset)',
    replace: 'this.#queueId, reviveOffset + 1)',
  },
  {
    name: 'the revive offset passes what is still being settled',
    file: QUEUE,
    find: 'if (!isOver) break',
    replace: 'if (!isOver && reviveOffset < 0) break',
  },
  {
    name: 'a check point comes back a minute late',
    file: 'reference/broker/pop/revive-log.ts',
    find: 'reviveTimeOf(ck) - ACK_INTERVAL_MS',
    replace: 'reviveTimeOf(ck) + 60_000',
  },
  {
    name: 'a check point is settled as soon as it arrives',
    file: QUEUE,
    find: 'sureMs - open.ripeMs > REVIVE_BEHIND_MS',
    replace: 'sureMs > 0',
  },
  {
    name: 'what is on its way to the revive queue is not waited for',
    file: 'reference/broker/pop/ack-barrier.ts',
    find: 'this.#sureMs = Math.min(this.#sureMs, nowMs)',
    replace: 'this.#sureMs = nowMs',
  },
  {
    name: 'the first message of a check point is forgotten',
    file: QUEUE,
    find: 'ck.offsets.filter((offset) => !acked.has(offset))',
    replace: 'ck.offsets.filter((offset, i) => i > 0 && !acked.has(offset))',
  },
  {
    name: 'a check point is over before its messages are safe in the retry topic',
    file: SETTLEMENT,
    find: 'this.#left = this.#missing.length\n',
    replace: 'this.#left = this.#missing.length\n    if (this.#left > 0) queueMicrotask(() => this.#onOver())\n',
  },
  {
    name: 'messages leave before their check point is stored',
    file: SERVICE,
    find: 'this.#leave(taking, take, stored[i] === true)\n      done(taking.result)\n    })',
    replace:
      'if (stored.length < i) this.#leave(taking, take, false)\n    })\n    for (const take of taking.takes) this.#leave(taking, take, true)\n    done(taking.result)',
  },
  {
    name: 'a queue is popped from while its check point is being stored',
    file: SERVICE,
    find: 'if (this.#locked.has(key)) {',
    replace: 'if (this.#locked.size < 0) {',
  },
  {
    name: 'another invisible time: the old check point is acknowledged, the new one is not written',
    file: ACKS,
    find: 'broker.pop.log.putCheckPoints([again], reviveQid, ([isStored]) => {',
    replace: 'broker.pop.log.putCheckPoints([], reviveQid, ([isStored = true]) => {',
  },
  {
    name: 'a batch of acknowledgements takes one message too many',
    file: ACKS,
    find: 'const offsets = one.offsets.map((distance) => startOffset + distance)',
    replace:
      'const offsets = [...one.offsets, (one.offsets.at(-1) ?? 0) + 1].map((distance) => startOffset + distance)',
  },
  {
    name: 'after a power cut a retry topic is not known',
    file: SETTLEMENT,
    find: 'topics.whenStored(copy.topic, () => {',
    replace: '[0].forEach(() => {',
  },
  {
    name: 'a retry topic with + is taken for damage',
    file: 'reference/store/log-step.ts',
    find: 'const nameFault = storedTopicFault(message.topic)',
    replace: "const nameFault = message.topic.includes('+') ? 'damaged' : storedTopicFault(message.topic)",
  },
]
