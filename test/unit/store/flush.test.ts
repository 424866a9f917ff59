/** SYNC_FLUSH answers after a sync that began after the write, many puts share one, and what piles up is limited. */
import { expect, it } from 'vitest'
import type { Clock } from '../../../reference/host/host.ts'
import { createNodeHost } from '../../../reference/host/node/node-host.ts'
import type { CommitLog } from '../../../reference/store/commit-log.ts'
import { FlushRealTime } from '../../../reference/store/flush.ts'
import { SYNC_FLUSH_TIMEOUT_MS } from '../../../reference/store/limits.ts'
import { createMessageStore } from '../../../reference/store/message-store.ts'
import { temporaryFolder } from '../../support/temp.ts'
import { message, SMALL, StoreMachine } from './machine.ts'

it('on real files: every put is answered after a sync that began after it was written, and they share syncs', async () => {
  const folder = temporaryFolder('flush')
  const host = createNodeHost({ name: 'store', directory: folder.path })
  const COUNT = 300
  let syncsBegun = 0
  let syncsEnded = 0
  const disk = new Proxy(host.disk, {
    get(target, name) {
      const value = target[name as keyof typeof target] as (...args: unknown[]) => unknown
      if (name !== 'sync') return value.bind(target)
      return (file: number, done: (error: string) => void) => {
        syncsBegun++
        target.sync(file, (error) => {
          syncsEnded++
          done(error)
        })
      }
    },
  })
  try {
    const config = { ...SMALL, commitLogFileBytes: 1024 * 1024, flushDiskType: 'SYNC_FLUSH' } as const
    const store = createMessageStore({ ...host, disk }, config, () => {})
    store.open()
    const before = syncsBegun
    let answered = 0
    await new Promise<void>((resolve) => {
      const put = (i: number) => {
        const begunAtPut = syncsBegun
        store.putMessage(message('T', 0), ({ status }) => {
          expect(status).toBe('PUT_OK')
          expect(syncsEnded, `put ${i}`).toBeGreaterThan(begunAtPut - 1)
          expect(syncsBegun, `put ${i}: a sync that began after it`).toBeGreaterThan(begunAtPut)
          if (++answered === COUNT) resolve()
        })
        if (i + 1 < COUNT) setImmediate(() => put(i + 1))
      }
      put(0)
    })
    expect(syncsBegun - before).toBeGreaterThan(0)
    expect(syncsBegun - before, 'several puts for each sync').toBeLessThan(COUNT)
    await new Promise<void>((resolve) => store.close(() => resolve()))
  } finally {
    host.dispose()
    folder.remove()
  }
})

it('puts that wait for a slow disk are limited in number: one more is refused as busy', () => {
  const machine = new StoreMachine({ flushDiskType: 'SYNC_FLUSH', commitLogFileBytes: 8 * 1024 * 1024 }).start()
  machine.disk.faults.add({ fails: 'slowSync', delayMs: 2_000 })
  const statuses = new Map<string, number>()
  const { store } = machine
  for (let turn = 0; turn < 60; turn++) {
    machine.simulation.nodes.get('store')!.life!.handle(0, () => {
      for (let i = 0; i < 100; i++)
        store.putMessage(message('T', 0), ({ status }) => statuses.set(status, (statuses.get(status) ?? 0) + 1))
    })
    machine.pass(1)
  }
  machine.pass(10_000)
  expect(statuses.get('OS_PAGE_CACHE_BUSY')).toBe(1_000)
  expect(statuses.get('PUT_OK')).toBe(5_000)
})

it.each(['SYNC_FLUSH', 'ASYNC_FLUSH'] as const)(
  '%s: whoever notes his progress after the log is told when a sync ends, also when it took longer than a put may wait',
  (flushDiskType) => {
    const machine = new StoreMachine({ flushDiskType }).start().pass(100)
    machine.disk.faults.add({ fails: 'slowSync', delayMs: 2 * SYNC_FLUSH_TIMEOUT_MS })
    let isDurable = false
    machine.simulation.nodes.get('store')!.life!.handle(0, () => {
      machine.store.putMessage(message('T', 0), () => {})
      machine.store.whenDurable(() => {
        isDurable = true
      })
    })
    machine.pass(SYNC_FLUSH_TIMEOUT_MS + 1_000)
    expect(isDurable, 'before the sync has ended').toBe(false)
    machine.pass(2 * SYNC_FLUSH_TIMEOUT_MS)
    expect(isDurable, 'after it').toBe(true)
  },
)

it('a failed sync is not tried again: what waits is told, later puts are refused with the reason', () => {
  const machine = new StoreMachine({ flushDiskType: 'SYNC_FLUSH' }).start().pass(100)
  const fault = { fails: 'syncError', delayMs: 0 } as const
  machine.disk.faults.add(fault)
  expect(machine.put([message('T', 0)])[0]!.status).not.toBe('PUT_OK')
  machine.disk.faults.delete(fault)
  const [refused] = machine.put([message('T', 0)])
  expect(refused!.status).toBe('SERVICE_NOT_AVAILABLE')
  expect(refused!.reason).toMatch(/a sync of the commit log failed.*restart the broker/)
})

it('a disk without room for queue or index stops the store with a sentence, and a restart repairs it', () => {
  const machine = new StoreMachine({ consumeQueueFileBytes: 100 }).start()
  machine.put(Array.from({ length: 5 }, () => message('T', 0, { keys: 'k' })))
  const fault = { fails: 'ENOSPC', delayMs: 0 } as const
  machine.disk.faults.add(fault)
  machine.put([message('T', 0, { keys: 'k' })])
  const [refused] = machine.put([message('T', 0)])
  expect([refused!.status, refused!.reason]).toEqual([
    'SERVICE_NOT_AVAILABLE',
    expect.stringMatching(/cannot be written/),
  ])
  expect(machine.store.getMessage('T', 0, 0, 5, () => true).count, 'reads go on').toBe(5)
  machine.disk.faults.delete(fault)
  machine.kill().start()
  const max = machine.store.maxOffset('T', 0)
  expect(max).toBeGreaterThanOrEqual(5)
  expect(machine.store.queryMessage('T', 'k', 64, 0, Number.MAX_SAFE_INTEGER).records).toHaveLength(max)
})

it('after a disk refused the file of one queue, no other queue counts a message that cannot be read', () => {
  const machine = new StoreMachine().start()
  machine.put([message('T', 0), message('T', 0)])
  machine.disk.faults.add({ fails: 'ENOSPC', delayMs: 0 })
  // The file of queue 0 exists and has room, so only the new file of queue 1 is refused.
  machine.put([message('T', 1), message('T', 0), message('T', 0)])
  for (const queueId of [0, 1]) {
    const max = machine.store.maxOffset('T', queueId)
    const entries = machine.store.queueEntries('T', queueId, 0, 32) ?? []
    expect(entries.filter(({ sizeBytes }) => sizeBytes > 0)).toHaveLength(max)
  }
  machine.disk.faults.clear()
  machine.kill().start()
  expect([0, 1].map((queueId) => machine.store.maxOffset('T', queueId))).toEqual([4, 1])
})

it('ASYNC_FLUSH: a quiet beginning does not keep what follows from the disk for ten seconds', () => {
  const machine = new StoreMachine().start()
  machine.put([message('T', 0)]) // less than one page is dirty: it may wait for ten seconds
  machine.pass(1_000)
  expect(machine.store.remainHowManyDataToFlush).toBeGreaterThan(0)
  for (let i = 0; i < 40; i++) machine.put([message('T', 0, { body: 'x'.repeat(1_000) })])
  machine.pass(1_000) // 40 kB are dirty, and RocketMQ looks every half second
  expect(machine.store.remainHowManyDataToFlush).toBeLessThan(16_384)
})

it('ASYNC_FLUSH: a flusher that was stopped during a sync sets no timer when that sync ends', () => {
  const timers = new Set<number>()
  let next = 0
  const clock = {
    monotonicMs: () => 0,
    after: () => {
      timers.add(++next)
      return next
    },
    cancel: (id: number) => void timers.delete(id),
  } as unknown as Clock
  let ended = (_error: string) => {}
  const log = { writtenAt: 10, flushedAt: 0, sync: (done: (error: string) => void) => (ended = done) }
  const flusher = new FlushRealTime(
    clock,
    log as unknown as CommitLog,
    () => {},
    () => {},
  )
  flusher.written()
  expect(timers.size).toBe(1)
  flusher.whenFlushed(10, () => {}) // a sync begins
  log.writtenAt = 20
  flusher.stop()
  log.flushedAt = 10
  ended('')
  expect(timers.size).toBe(0)
})
