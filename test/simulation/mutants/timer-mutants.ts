/** Mistakes that somebody could make with timers, one small replacement each: what the campaign must notice. */
import type { Mutant } from './mutants.ts'

const STORE = 'reference/broker/timer/timer-message-store.ts'
const SLOT = 'reference/broker/timer/slot-delivery.ts'
const FORMS = 'reference/broker/timer/timer-message.ts'
const RING = 'reference/store/timer/slot-ring.ts'
const FLUSH = 'reference/broker/timer/timer-flush.ts'

export const TIMER_MUTANTS: readonly Mutant[] = [
  {
    name: 'a huge delay wraps into the past',
    file: FORMS,
    find: 'const number = Number(text)',
    replace: 'const number = Number(BigInt.asIntN(40, BigInt(text)))',
    after: '#10872',
  },
  {
    name: 'a time exactly on a tick is released a tick early',
    file: RING,
    find: 'tick === deliverMs ? tick - precisionMs : tick',
    replace: 'tick === deliverMs ? tick - 2 * precisionMs : tick',
    after: 'rust #9154',
  },
  {
    name: 'a slot is due when its tick begins',
    file: RING,
    find: 'undefined : timeMs + this.#precisionMs - nowMs',
    replace: 'undefined : timeMs - nowMs',
  },
  {
    name: 'a tick is given to those that ask for the next one',
    file: RING,
    find: 'const tick = Math.floor(deliverMs / precisionMs) * precisionMs',
    replace: 'const tick = Math.ceil(deliverMs / precisionMs) * precisionMs + precisionMs',
  },
  {
    name: 'the checkpoint is written before the timer log is durable',
    file: FLUSH,
    find: "log.sync((error) => (error === '' ? wheel.sync(done) : done(error)))",
    replace: "done('')",
    // a log that is shorter than noted is made again from its queue: only without that is anything lost
    also: [{ file: STORE, find: 'const isWhole = this.#log.appendedAt >= surePos', replace: 'const isWhole = true' }],
    after: 'rust #9154',
  },
  {
    name: 'a recall is missed',
    file: SLOT,
    find: 'this.#recalls.has(about.recallKey)',
    replace: 'this.#recalls.has(about.recallKey) && about.tickMs % 2_000 === 0',
    after: 'rust #9154',
  },
  {
    name: 'what should roll is delivered',
    file: SLOT,
    find: 'outgoingMessage(message, rolls,',
    replace: 'outgoingMessage(message, false,',
  },
  {
    name: 'after a restart the wheel is empty',
    file: STORE,
    find: 'if (slotTimeOf(record) >= readTimeMs || !mayBeOver) this.#enterAgain(position, record)',
    replace: 'if (slotTimeOf(record) < 0) this.#enterAgain(position, record)',
  },
  {
    name: 'after a restart one message too many counts as entered',
    file: STORE,
    find: 'return Math.max(noted.lastTimerQueueOffset, behindLast ?? 0)',
    replace: 'return Math.max(noted.lastTimerQueueOffset, behindLast ?? 0) + 1',
  },
]
