/** What the owner of a channel sees when the peer does not read. */
import { expect, it } from 'vitest'
import type { Host } from '../../../reference/host/host.ts'
import { Channel } from '../../../reference/remoting/channel.ts'
import { HEADER_BYTES_MAX, SEND_BUFFER_BYTES_MAX } from '../../../reference/remoting/limits.ts'

it('a request that overfills the send buffer fails once, and not before `request` has returned', () => {
  const soon: (() => void)[] = []
  const after = (delayMs: number, run: () => void) => (delayMs === 0 ? soon.push(run) : 0)
  const clock = { nowMs: () => 0, monotonicMs: () => 0, after, cancel() {} }
  const network = { send: () => SEND_BUFFER_BYTES_MAX + 1, reset() {}, close() {} }
  const host = { clock, network, trace: { log() {} } } as unknown as Host
  const channel = new Channel(host, 1, '10.0.0.9:10911', '10.0.0.1:4000', { onRequest() {}, onClosed() {} })
  const answers: (string | undefined)[] = []
  channel.request({ code: 105 }, 3_000, ({ error }) => answers.push(error?.message))
  expect(answers).toEqual([])
  for (const run of soon) run()
  expect(answers).toEqual([expect.stringContaining('the peer has left too many bytes unread')])
})

it('a request that fits into no frame fails once, and its time limit ends with it', () => {
  const timers = new Map<number, () => void>()
  let last = 0
  const after = (_delayMs: number, run: () => void) => {
    timers.set(++last, run)
    return last
  }
  const clock = { nowMs: () => 0, monotonicMs: () => 0, after, cancel: (timer: number) => timers.delete(timer) }
  const network = { send: () => 0, reset() {}, close() {} }
  const host = { clock, network, trace: { log() {} } } as unknown as Host
  const channel = new Channel(host, 1, '10.0.0.9:10911', '10.0.0.1:4000', { onRequest() {}, onClosed() {} })
  const answers: (string | undefined)[] = []
  const extFields = { long: 'x'.repeat(HEADER_BYTES_MAX) }
  channel.request({ code: 105, extFields }, 3_000, ({ error }) => answers.push(error?.message))
  expect(channel.waitingCount).toBe(0)
  channel.closed('the test is over') // the idle timer ends, too
  for (const run of [...timers.values()]) run()
  expect(answers).toEqual([expect.stringContaining('is over the limit of')])
})
