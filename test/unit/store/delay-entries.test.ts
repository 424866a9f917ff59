/** Entries of delayed messages that are made again carry the time of delivery, by the levels of the configuration. */
import { expect, it } from 'vitest'
import { readI64 } from '../../../reference/common/bytes.ts'
import { encodeProperties } from '../../../reference/common/message-properties.ts'
import { SCHEDULE_TOPIC } from '../../../reference/store/delay-level.ts'
import { message, StoreMachine } from './machine.ts'

/** Tags codes of the entries made again after somebody removed the queues. */
function madeAgain(delayLevelsMs: readonly number[] | undefined): number[] {
  const machine = new StoreMachine(delayLevelsMs === undefined ? {} : { delayLevelsMs }).start()
  const levels = [1, 2, 9]
  const put = levels.map((level) => ({
    ...message(SCHEDULE_TOPIC, 0),
    propertiesText: encodeProperties(new Map([['DELAY', String(level)]])),
  }))
  const stored = machine.put(put)
  machine.stop().remove('consumequeue').start()
  const [file] = machine.files(`consumequeue/${SCHEDULE_TOPIC}/0`).values()
  return stored.map(({ storeTimestamp }, i) => readI64(file!, i * 20 + 12) - storeTimestamp)
}

it('RocketMQ’s levels, when nothing else is said', () => {
  expect(madeAgain(undefined)).toEqual([1_000, 5_000, 300_000])
})

it('other levels; beyond the last one, as long as there', () => {
  expect(madeAgain([2_000, 3_000])).toEqual([2_000, 3_000, 3_000])
})
