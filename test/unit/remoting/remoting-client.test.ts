/** Calls that wait for one connection to open: each for its own time. */
import { expect, it } from 'vitest'
import type { Host } from '../../../reference/host/host.ts'
import { RemotingClient } from '../../../reference/remoting/remoting-client.ts'

/** A host whose connections never open, and whose clock the test moves. */
function neverOpens() {
  let nowMs = 0
  let timers: { readonly dueMs: number; readonly run: () => void }[] = []
  const clock = {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    after: (ms: number, run: () => void) => {
      const timer = { dueMs: nowMs + ms, run }
      timers.push(timer)
      return timer
    },
    cancel: (gone: unknown) => {
      timers = timers.filter((timer) => timer !== gone)
    },
  }
  const network = { connect: () => 1, reset() {}, close() {} }
  const host = { clock, network, trace: { log() {} } } as unknown as Host
  const passTo = (ms: number) => {
    for (;;) {
      const next = timers.filter(({ dueMs }) => dueMs <= ms).sort((a, b) => a.dueMs - b.dueMs)[0]
      if (next === undefined) break
      clock.cancel(next)
      nowMs = next.dueMs
      next.run()
    }
    nowMs = ms
  }
  return { host, passTo, timerCount: () => timers.length }
}

it('a call that joins another one’s opening waits no longer than its own time, and is answered once', () => {
  const { host, passTo } = neverOpens()
  const client = new RemotingClient(host)
  const answers: string[] = []
  const ask = (name: string, timeoutMs: number) =>
    client.invoke('10.0.0.9:10911', { code: 105 }, timeoutMs, ({ error }) => answers.push(`${name}: ${error?.message}`))
  ask('patient', 5_000)
  ask('hasty', 200)
  passTo(199)
  expect(answers).toEqual([])
  passTo(200)
  expect(answers).toEqual([expect.stringMatching(/^hasty: .*not open within 200 ms/)])
  passTo(10_000)
  expect(answers).toEqual([
    expect.stringMatching(/^hasty/),
    expect.stringMatching(/^patient: .*not open within 3000 ms/),
  ])
})

it('a client that is closed answers what waits, and sets no timer any more', () => {
  const { host, passTo, timerCount } = neverOpens()
  const client = new RemotingClient(host)
  const answers: (string | undefined)[] = []
  for (const timeoutMs of [5_000, 200, 2_999])
    client.invoke('10.0.0.9:10911', { code: 105 }, timeoutMs, ({ error }) => answers.push(error?.message))
  client.close()
  passTo(0)
  expect(answers).toEqual(new Array(3).fill(expect.stringContaining('the client is closing')))
  expect(timerCount()).toBe(0)
  passTo(10_000)
  expect(answers).toHaveLength(3)
})
