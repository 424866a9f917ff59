/** Mistakes in how a broker says no in time: fast failure, the door of the sends, and those that wait there. */
import type { Mutant } from './mutants.ts'

const FAST = 'reference/broker/overload/fast-failure.ts'
const CONFIG = 'reference/broker/overload/overload-config.ts'
const LIMITER = 'reference/broker/overload/send-limiter.ts'
const SEND = 'reference/broker/processors/send-message.ts'

export const OVERLOAD_MUTANTS: readonly Mutant[] = [
  {
    name: 'brokerFastFailureEnable=false is not looked at',
    file: FAST,
    find: 'if (!config.brokerFastFailureEnable) return undefined',
    replace: '',
  },
  {
    name: 'fast failure is never on',
    file: CONFIG,
    find: "settings.flag('brokerFastFailureEnable', true)",
    replace: 'false',
  },
  {
    name: 'the first in the line may wait twice as long',
    file: FAST,
    find: 'longestWaitMs < maxMs)',
    replace: 'longestWaitMs < 2 * maxMs)',
  },
  {
    name: 'whoever comes while somebody waits is refused',
    file: FAST,
    find: 'longestWaitMs < maxMs)',
    replace: 'waitingPuts === 0)',
  },
  {
    name: 'one more may wait than may',
    file: FAST,
    find: 'waitingPuts >= config.sendThreadPoolQueueCapacity',
    replace: 'waitingPuts > config.sendThreadPoolQueueCapacity',
  },
  {
    name: 'glassmqWaitTimeMillsForDisk=0: no time at all',
    file: FAST,
    find: 'maxMs === 0 || longestWaitMs',
    replace: 'longestWaitMs',
  },
  {
    name: 'sendThreadPoolQueueCapacity is not read',
    file: CONFIG,
    find: "settings.whole('sendThreadPoolQueueCapacity', SENDS_WAITING_MAX, 1, SEND_LIMIT_MAX)",
    replace: 'SENDS_WAITING_MAX',
  },
  {
    name: 'glassmqWaitTimeMillsForDisk is not read',
    file: CONFIG,
    find: "settings.whole('glassmqWaitTimeMillsForDisk', DISK_WAIT_MS, 0, DAY_MS)",
    replace: 'DISK_WAIT_MS',
  },
  {
    name: 'what is refused is stored all the same',
    file: SEND,
    find: 'const afterMs = topic.startsWith(RETRY_TOPIC_PREFIX) ? 0 : this.#broker.limiter.ask(topic)',
    replace:
      'let afterMs = 0\n    try {\n      afterMs = topic.startsWith(RETRY_TOPIC_PREFIX) ? 0 : this.#broker.limiter.ask(topic)\n    } catch (refusal) {\n      this.#broker.store.putMessages(messages, () => {})\n      throw refusal\n    }',
  },
  {
    name: 'what a consumer gives back is limited too',
    file: SEND,
    find: 'topic.startsWith(RETRY_TOPIC_PREFIX) ? 0 : this.#broker.limiter.ask(topic)',
    replace: 'this.#broker.limiter.ask(topic)',
  },
  {
    name: 'nobody waits for its turn',
    file: SEND,
    find: 'if (afterMs === 0) put()',
    replace: 'if (afterMs >= 0) put()',
  },
  {
    name: 'a broker that stops says nothing to those that wait for their turn',
    file: 'reference/broker/broker.ts',
    find: 'this.limiter.stop()',
    replace: '',
  },
  {
    name: 'a broker that stops refuses those that wait, and stores them',
    file: LIMITER,
    find: 'this.#host.clock.cancel(timer)\n      turn.refused(',
    replace: 'turn.put()\n      turn.refused(',
  },
]
