/** A page cache that is slow to take pages is noticed, told to senders, and tried again. */
import { describe, expect, it } from 'vitest'
import type { PutMessageResult } from '../../../reference/store/put-message.ts'
import { message, StoreMachine } from './machine.ts'

/** Puts one message and lets its answer come, and its write end. */
function putOne(machine: StoreMachine, writeMs = 0): PutMessageResult {
  const [result] = machine.put([message('T', 0)])
  machine.pass(writeMs)
  return result!
}

describe('a write that the page cache holds up', () => {
  it.each([
    ['for longer than a second: puts are refused for a second, then tried again', 1_200, 'OS_PAGE_CACHE_BUSY'],
    ['for less: nobody notices', 900, 'PUT_OK'],
  ])('%s', (_what, delayMs, expected) => {
    const machine = new StoreMachine().start()
    machine.pass(100)
    const fault = { fails: 'slowWrite', delayMs } as const
    machine.disk.faults.add(fault)
    expect(putOne(machine, delayMs).status).toBe('PUT_OK') // it is in the page cache in the end
    machine.disk.faults.delete(fault)
    expect(machine.store.isOsPageCacheBusy()).toBe(expected !== 'PUT_OK')
    const during = putOne(machine)
    expect(during.status).toBe(expected)
    if (expected !== 'PUT_OK') expect(during.reason).toMatch(/^\[PC_SYNCHRONIZED\]broker busy.* waited 1200 ms/)
    machine.pass(1_100)
    expect(machine.store.isOsPageCacheBusy()).toBe(false)
    expect(putOne(machine).status).toBe('PUT_OK')
  })

  it('reads go on, and what was refused is not there', () => {
    const machine = new StoreMachine().start()
    putOne(machine)
    machine.disk.faults.add({ fails: 'slowWrite', delayMs: 5_000 })
    expect(putOne(machine, 5_000).status).toBe('PUT_OK')
    expect(putOne(machine).status).toBe('OS_PAGE_CACHE_BUSY')
    expect(machine.store.getMessage('T', 0, 0, 32, () => true).count).toBe(2)
  })

  it('the limit is a setting (osPageCacheBusyTimeOutMills)', () => {
    const machine = new StoreMachine({ osPageCacheBusyTimeOutMs: 50 }).start()
    machine.disk.faults.add({ fails: 'slowWrite', delayMs: 60 })
    expect([putOne(machine).status, putOne(machine).status]).toEqual(['PUT_OK', 'OS_PAGE_CACHE_BUSY'])
  })
})
