/** Old files go when their time has come or the disk is full, nothing points to them afterwards, and reads go on. */
import { describe, expect, it } from 'vitest'
import { DAY_MS, HOUR_MS } from '../../../reference/common/units.ts'
import { GetMessageStatus } from '../../../reference/store/get-message.ts'
import type { StoreConfig } from '../../../reference/store/message-store.ts'
import { message, StoreMachine } from './machine.ts'

const CLEAN = {
  fileReservedTime: 72,
  deleteWhen: [4],
  diskMaxUsedSpaceRatio: 75,
  cleanFileForciblyEnable: true,
  diskSpaceCleanForciblyRatio: 85,
  diskSpaceWarningLevelRatio: 90,
}
const CONFIG: Partial<StoreConfig> = {
  commitLogFileBytes: 16_384,
  consumeQueueFileBytes: 400,
  index: { maxHashSlotNum: 50, maxIndexNum: 60 },
}

/** A store with one message an hour in each of two queues; a log file holds about a day of them. */
function hourly(hours: number, clean: Partial<typeof CLEAN> = {}): StoreMachine {
  const machine = new StoreMachine({ ...CONFIG, clean: { ...CLEAN, ...clean } }).start()
  for (let hour = 0; hour < hours; hour++) send(machine, hour)
  return machine
}

function send(machine: StoreMachine, hour: number, passMs = HOUR_MS): void {
  for (const queueId of [0, 1])
    machine.put([message('T', queueId, { keys: `k${hour}`, uniqKey: `id${hour}-${queueId}`, body: 'x'.repeat(200) })])
  machine.pass(passMs)
}

const logFiles = (machine: StoreMachine) =>
  [...machine.files('commitlog/').keys()].map((path) => Number(path.slice(10)))

/** Hour of the day in the machine's UTC. */
const hourOf = (machine: StoreMachine) => Math.floor(machine.nowMs / HOUR_MS) % 24

/** Whatever a queue or the index still knows, the log has; what is gone is refused with where to go on. */
function expectAgreement(machine: StoreMachine): void {
  const { store } = machine
  for (const queueId of [0, 1]) {
    const [least, most] = [store.minOffset('T', queueId), store.maxOffset('T', queueId)]
    for (let offset = least; offset < most; offset++)
      expect(store.getMessage('T', queueId, offset, 1, () => true).status, `@${offset}`).toBe('FOUND')
    if (least === 0) continue
    const gone = store.getMessage('T', queueId, least - 1, 1, () => true)
    expect([gone.status, gone.nextBeginOffset]).toEqual([GetMessageStatus.OFFSET_TOO_SMALL, least])
    if (least < most) expect(find(machine, `id${least}-${queueId}`)).toBe(1)
    expect(find(machine, `id${least - 1}-${queueId}`)).toBe(0)
  }
}

const find = (machine: StoreMachine, key: string) =>
  machine.store.queryMessage('T', key, 64, 0, Number.MAX_SAFE_INTEGER).records.length

describe('by age', () => {
  it('a file goes 72 hours after its last message, in the hour of deletion, and never the last one', () => {
    const machine = hourly(24 * 6)
    const deletedAt: number[] = []
    let before = logFiles(machine)
    for (let hour = 0; hour < 24 * 6; hour++) {
      machine.pass(HOUR_MS / 2)
      const after = logFiles(machine)
      if (after[0] !== before[0]) deletedAt.push(hourOf(machine))
      before = after
      machine.pass(HOUR_MS / 2)
      expectAgreement(machine)
    }
    expect(deletedAt.length).toBeGreaterThan(1)
    expect([...new Set(deletedAt)]).toEqual([4])
    expect(logFiles(machine)).toHaveLength(1)
  })

  it('an order that comes while there is only one file does not reach later files', () => {
    const machine = hourly(1, { fileReservedTime: 12 })
    machine.store.deleteExpiredFiles()
    for (let hour = 1; hour < 24 * 5; hour++) {
      const before = logFiles(machine)[0]
      send(machine, hour)
      if (logFiles(machine)[0] !== before) expect([4, 5]).toContain(hourOf(machine))
    }
    expect(logFiles(machine)[0]).toBeGreaterThan(0)
  })

  it('keeps what is younger', () => {
    const machine = hourly(24 * 6)
    const oldest = machine.store.storeTimestamp('T', 0, machine.store.minOffset('T', 0))
    expect(machine.nowMs - oldest).toBeGreaterThan(72 * HOUR_MS)
    expect(machine.nowMs - oldest).toBeLessThan((72 + 24 + 30) * HOUR_MS)
    expect(machine.store.minOffset('T', 0)).toBeGreaterThan(10)
  })

  it('takes queue and index files with it', () => {
    const machine = hourly(24 * 7)
    const firstQueueFile = Number([...machine.files('consumequeue/T/0/').keys()][0]!.slice(-20))
    expect(firstQueueFile / 20).toBeLessThanOrEqual(machine.store.minOffset('T', 0))
    expect(firstQueueFile / 20).toBeGreaterThan(machine.store.minOffset('T', 0) - 20)
    expect(machine.files('index/').size).toBeLessThan(14)
    expectAgreement(machine)
  })

  it.each(['stop', 'kill', 'powerCut'] as const)('is the same after a %s', (how) => {
    const machine = hourly(24 * 6)
    const offsets = [0, 1].map((id) => [machine.store.minOffset('T', id), machine.store.maxOffset('T', id)])
    machine[how]().start()
    expect([0, 1].map((id) => [machine.store.minOffset('T', id), machine.store.maxOffset('T', id)])).toEqual(offsets)
    expectAgreement(machine)
    expect(machine.put([message('T', 0)])[0]!.queueOffset).toBe(offsets[0]![1])
  })

  it('a queue all of whose messages are gone goes on where it ended', () => {
    const machine = new StoreMachine({ ...CONFIG, clean: CLEAN }).start()
    machine.put([message('Once', 0), message('Once', 0)])
    for (let hour = 0; hour < 24 * 6; hour++) send(machine, hour)
    expect([machine.store.minOffset('Once', 0), machine.store.maxOffset('Once', 0)]).toEqual([2, 2])
    expect(machine.store.getMessage('Once', 0, 0, 1, () => true).nextBeginOffset).toBe(2)
    machine.stop().start()
    expect(machine.put([message('Once', 0)])[0]!.queueOffset).toBe(2)
    expect(machine.store.getMessage('Once', 0, 2, 1, () => true).status).toBe('FOUND')
  })

  it('the checkpoint says where the log begins and ends, and how many queues had messages and how many are left', () => {
    const machine = new StoreMachine({ ...CONFIG, clean: CLEAN }).start()
    machine.put([message('Once', 0), message('Once', 0)])
    for (let hour = 0; hour < 24 * 6; hour++) send(machine, hour)
    const { store } = machine
    const left = [0, 1].reduce((sum, id) => sum + store.maxOffset('T', id) - store.minOffset('T', id), 0)
    const [begins, ends] = [store.commitLogMinOffset, store.commitLogMaxOffset]
    machine.stop()
    const checkpoint = Buffer.from(machine.files('checkpoint').get('checkpoint')!)
    const summary = [2048, 2056, 2064, 2072].map((at) => Number(checkpoint.readBigInt64BE(at)))
    expect(begins).toBeGreaterThan(0)
    expect(summary).toEqual([begins, ends, 3, left])
  })

  it('an idle broker with one file sets no timer at all', () => {
    const machine = new StoreMachine(CONFIG).start()
    machine.put([message('T', 0)])
    machine.pass(60_000)
    expect(machine.isIdle).toBe(true)
  })

  it('an idle broker with several files sleeps until the first is due', () => {
    const machine = hourly(60)
    machine.pass(60_000)
    const nextMs = machine.simulation.startMs + machine.simulation.scheduler.nextAtMs()
    expect(nextMs - machine.nowMs).toBeGreaterThan(HOUR_MS)
  })
})

describe('by room', () => {
  it('over 75 % expired files go at once, in any hour', () => {
    const machine = hourly(24 * 4 + 12, { deleteWhen: [23] })
    const before = logFiles(machine)
    machine.usedRatio = 0.8
    fillMebibytes(machine)
    expect(logFiles(machine)[0]).toBeGreaterThan(before[0]!)
    expectAgreement(machine)
  })

  it('over 85 % the oldest go before their time, ten a round, until there is room', () => {
    const machine = hourly(24 * 3)
    fillMebibytes(machine)
    machine.pass(20_000) // durable, and known to be: nothing younger is deleted
    machine.usedRatio = 0.87
    const before = logFiles(machine)
    machine.put([message('Big', 0)]) // the disk is looked at again after ten seconds
    machine.pass(100)
    const after = logFiles(machine)
    const deleted = (after[0]! - before[0]!) / 16_384
    expect(deleted).toBe(10)
    machine.pass(10_500)
    expect((logFiles(machine)[0]! - before[0]!) / 16_384).toBe(20)
    machine.usedRatio = 0.5
    machine.pass(60_000)
    expect((logFiles(machine)[0]! - before[0]!) / 16_384).toBe(20)
    expectAgreement(machine)
  })

  it('not before their time when cleanFileForciblyEnable is off', () => {
    const machine = hourly(24 * 2, { cleanFileForciblyEnable: false })
    machine.usedRatio = 0.87
    const [first] = logFiles(machine)
    fillMebibytes(machine)
    machine.pass(60_000)
    expect(logFiles(machine)[0]).toBe(first)
  })

  it('over 90 % puts are refused with a sentence, reads go on, and it clears by itself', () => {
    const machine = new StoreMachine({ clean: CLEAN }).start()
    machine.usedRatio = 0.93
    const [refused] = machine.put([message('T', 0)])
    expect([refused!.status, refused!.reason]).toEqual([
      'SERVICE_NOT_AVAILABLE',
      'the disk is more than 90 % full: make room',
    ])
    machine.usedRatio = 0.5
    machine.pass(1_000)
    expect(machine.put([message('T', 0)])[0]!.status).toBe('PUT_OK')
    machine.usedRatio = 0.93
    machine.pass(1_000)
    expect(machine.store.getMessage('T', 0, 0, 1, () => true).status).toBe('FOUND')
  })
})

describe('at rest', () => {
  it('what the hour of deletion left over waits for the next day, and nothing runs meanwhile', () => {
    const clean = { ...CLEAN, fileReservedTime: 1 }
    const machine = new StoreMachine({ ...CONFIG, clean }).start()
    machine.put(Array.from({ length: 25 }, () => message('T', 0, { body: 'x'.repeat(15_000) })))
    machine.pass(12_000).put([message('T', 0)])
    machine.pass(12_000).stop()
    const { scheduler } = machine.simulation
    const beforeFiveMs = 5 * HOUR_MS - 5_000
    machine.pass((beforeFiveMs - (machine.nowMs % DAY_MS) + DAY_MS) % DAY_MS).start()
    expect(scheduler.nextAtMs(), 'it begins at once').toBe(scheduler.nowMs)
    const before = logFiles(machine).length
    let events = 0
    for (const untilMs = scheduler.nowMs + HOUR_MS; scheduler.nextAtMs() < untilMs && events < 500; events++)
      machine.simulation.runNext()
    expect(events).toBeLessThan(500)
    expect(before - logFiles(machine).length).toBe(10)
    machine.pass(DAY_MS)
    expect(logFiles(machine)).toHaveLength(1)
  })

  it('the disk is asked how full it is once in 16 MiB', () => {
    const machine = new StoreMachine({ clean: CLEAN }).start()
    const big = Array.from({ length: 64 }, () => message('Big', 0, { body: 'x'.repeat(16_000) }))
    while (machine.store.commitLogMaxOffset < 40 * 1024 * 1024) machine.put(big)
    expect(machine.usedRatioReads).toBe(3)
  })
})

/** More than the 16 MiB after which the disk is asked again how full it is. */
function fillMebibytes(machine: StoreMachine): void {
  const big = Array.from({ length: 64 }, () => message('Big', 0, { body: 'x'.repeat(15_000) }))
  for (let sent = 0; sent < 17 * 1024 * 1024; sent += 64 * 15_000) machine.put(big)
}
