/** Calls that wait for one connection to open: each for its own time. */
import { expect, it } from 'vitest'
import { FRAME_BYTES_MAX } from '../../../reference/common/limits.ts'
import type { Host } from '../../../reference/host/host.ts'
import { RemotingClient } from '../../../reference/remoting/remoting-client.ts'
import type { RemotingError } from '../../../reference/remoting/remoting-error.ts'
import { withHosts } from '../../support/sim-hosts.ts'

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

it('a request without an answer that is too long for a frame is refused with a sentence, and the connection stays', () =>
  withHosts(['server', 'client'], async (cluster, [server, client]) => {
    let receivedBytes = 0
    server!.network.listen('server:1', {
      onFailed: (reason) => expect.fail(reason),
      onConnection: () => ({ onBytes: (_, bytes) => void (receivedBytes += bytes.length), onClosed() {} }),
    })
    const remoting = new RemotingClient(client!)
    const left: (RemotingError | undefined)[] = []
    const send = (bodyBytes: number) =>
      remoting.invokeOneway('server:1', { code: 10, body: new Uint8Array(bodyBytes) }, (error) => left.push(error))
    send(FRAME_BYTES_MAX)
    await cluster.sleep(100)
    expect(left.map((error) => [error?.kind, error?.outcome])).toEqual([['limit', 'definite']])
    expect(left[0]!.message).toMatch(/^SEND_MESSAGE to server:1: .*16,?777,?216/)
    expect(receivedBytes).toBe(0)
    send(10)
    await cluster.sleep(100)
    expect(left).toHaveLength(2)
    expect([left[1], receivedBytes > 10]).toEqual([undefined, true])
    remoting.close()
  }))
