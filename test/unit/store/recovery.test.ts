/** Whatever a crash or an operator did to the files: log, queues and index agree again after a start. */
import { describe, expect, it } from 'vitest'
import { decodeRecords } from '../../../reference/common/message-codec.ts'
import { message, SMALL, StoreMachine } from './machine.ts'
import { recordedQueries } from './recorded-queries.ts'

const { files, expected } = recordedQueries('store-clean')
const queueFiles = [...files].filter(([path]) => path.startsWith('consumequeue/'))

it('a queue whose first messages are gone with their log file begins behind filler entries, after every start', () => {
  const machine = new StoreMachine({ consumeQueueFileBytes: 1_000 }).start()
  machine.put(Array.from({ length: 20 }, () => message('T', 0, { body: 'x'.repeat(10_000) })))
  machine.stop().remove('commitlog/00000000000000000000').remove('consumequeue/').start()
  const begins = machine.store.minOffset('T', 0)
  expect([begins, machine.store.maxOffset('T', 0)]).toEqual([6, 20])
  for (const end of ['stop', 'kill', 'powerCut'] as const) {
    machine.pass(15_000)[end]()
    const file = Buffer.from(machine.files('consumequeue/T/0/').get('consumequeue/T/0/00000000000000000000')!)
    // position 0, size 0x7fffffff, no tag: RocketMQ's filler
    const filler = `${'00'.repeat(8)}7fffffff${'00'.repeat(8)}`
    expect(file.toString('hex', 0, begins * 20), end).toBe(filler.repeat(begins))
    machine.start()
    expect([machine.store.minOffset('T', 0), machine.store.maxOffset('T', 0)], end).toEqual([begins, 20])
    expect(machine.store.getMessage('T', 0, begins, 1, () => true).status).toBe('FOUND')
  }
})

it('records whose sync failed are on the disk after the next start, all of them', () => {
  for (let seed = 1; seed <= 6; seed++) {
    const machine = new StoreMachine({}, seed).start()
    machine.put([message('T', 0, { keys: 'before' })])
    machine.pass(15_000)
    machine.disk.faults.add({ fails: 'syncError', delayMs: 0 })
    machine.put(Array.from({ length: 12 }, (_, i) => message('T', 0, { keys: `k${i}`, body: 'x'.repeat(20_000) })))
    machine.pass(2_000).kill()
    machine.disk.faults.clear()
    machine.start().pass(15_000).powerCut()
    expect(machine.start().store.maxOffset('T', 0), `seed ${seed}`).toBe(13)
  }
})

/** Every queue of the recorded store, from its log's own records. */
function expectEveryQueue(machine: StoreMachine): void {
  for (const [topic, { queues }] of Object.entries(expected.topics)) {
    for (const [id, queue] of Object.entries(queues)) {
      const offsets = [machine.store.minOffset(topic, Number(id)), machine.store.maxOffset(topic, Number(id))]
      expect(offsets, `${topic}[${id}]`).toEqual([queue.minOffset, queue.maxOffset])
      for (const { queueOffset, physicalOffset } of queue.messages) {
        const { records } = machine.store.getMessage(topic, Number(id), queueOffset, 1, () => true)
        expect(decodeRecords(records[0]!).messages[0]!.physicalOffset, `${topic}[${id}]@${queueOffset}`).toBe(
          physicalOffset,
        )
      }
    }
  }
}

describe('consume queues that somebody removed are made again from the log', () => {
  it('all of them: byte for byte what the official broker wrote', () => {
    const machine = new StoreMachine().fill(files).remove('consumequeue/').start().stop()
    const made = machine.files('consumequeue/')
    for (const [path, bytes] of queueFiles) expect(Buffer.from(made.get(path)!).equals(bytes), path).toBe(true)
  })

  it.each([
    ['one queue', 'consumequeue/OrderTopic/2/'],
    ['one topic', 'consumequeue/EdgeTopic/'],
    ['a first file', 'consumequeue/BulkTopic/0/00000000000000000000'],
    ['a file in the middle', 'consumequeue/BulkTopic/0/00000000000000006000'],
    ['a last file', 'consumequeue/BulkTopic/0/00000000000000012000'],
  ])('%s', (_what, path) => {
    const machine = new StoreMachine().fill(files).start().stop()
    machine.remove(path).start()
    expectEveryQueue(machine)
    machine.stop().start()
    expectEveryQueue(machine)
  })

  it('a file cut short', () => {
    const machine = new StoreMachine().fill(files).start().stop()
    const path = 'consumequeue/BulkTopic/0/00000000000000006000'
    machine.disk.put(`store/${path}`, files.get(path)!.slice(0, 1_234))
    machine.start()
    expectEveryQueue(machine)
  })

  it('with every fifth byte of a torn one wrong, after a crash', () => {
    const machine = new StoreMachine().fill(files).start()
    const path = 'consumequeue/BulkTopic/0/00000000000000012000'
    const torn = machine.files(path).get(path)!
    machine.kill()
    machine.disk.put(
      `store/${path}`,
      torn.map((byte, i) => (i > 300 && i % 5 === 0 ? ~byte : byte)),
    )
    machine.start()
    expectEveryQueue(machine)
  })
})

describe('the log', () => {
  it('loses an extra file of zeros that a kill left', () => {
    const machine = new StoreMachine().start()
    machine.put([message('T', 0)])
    machine.kill()
    machine.disk.put('store/commitlog/00000000000000065536', new Uint8Array(SMALL.commitLogFileBytes))
    machine.start().pass(100)
    expect([...machine.files('commitlog/').keys()]).toEqual(['commitlog/00000000000000000000'])
    expect(machine.put([message('T', 0)])[0]!.queueOffset).toBe(1)
  })

  it.each(['stop', 'kill'] as const)('keeps what lies behind a retry topic with a + in its name, after a %s', (end) => {
    const machine = new StoreMachine().start()
    const topics = ['T', '%RETRY%group+T', 'T']
    machine.put(topics.map((topic) => message(topic, 0)))
    machine[end]().start()
    const found = topics.map((topic) => machine.store.maxOffset(topic, 0))
    expect(found, 'RocketMQ 5 names the retry topics of popped messages so').toEqual([2, 1, 2])
    expect(machine.put([message('T', 0)])[0]!.queueOffset).toBe(2)
  })

  it('keeps a record that its queue does not know, exactly where the last known one ends', () => {
    const machine = new StoreMachine().start()
    machine.put(Array.from({ length: 10 }, () => message('T', 0)))
    machine.stop()
    const path = 'store/consumequeue/T/0/00000000000000000000'
    const queue = machine.disk.file(path)!.read(0, SMALL.consumeQueueFileBytes)
    machine.disk.put(path, queue.fill(0, 9 * 20, 10 * 20))
    machine.disk.put('store/checkpoint', new Uint8Array(4096)) // as a broker that noted nothing
    expect(machine.start().store.maxOffset('T', 0)).toBe(10)
  })

  it('that lacks a file in the middle is refused with a sentence', () => {
    const machine = new StoreMachine().fill(files).remove('commitlog/00000000000000131072')
    expect(() => machine.start()).toThrow(/00000000000000196608 does not follow .* a file of the store is missing/)
  })

  it.each([
    ['missing', undefined],
    ['garbage', new Uint8Array(4096).fill(0x5a)],
    ['of a time to come', new Uint8Array(4096).fill(3, 2, 8)],
  ])('that begins late stays whole after a crash with a checkpoint that is %s', (_what, bytes) => {
    const machine = new StoreMachine().fill(recordedQueries('store-killed').files)
    machine.remove('commitlog/00000000000000000000').remove('checkpoint')
    if (bytes !== undefined) machine.disk.put('store/checkpoint', bytes)
    machine.start().pass(1_000)
    expect([...machine.files('commitlog/').keys()][0]).toBe('commitlog/00000000000000065536')
    expect(machine.store.commitLogMaxOffset).toBe(recordedQueries('store-killed').expected.commitLog.endOffset)
    expect(machine.store.minOffset('KillTopic', 0)).toBeGreaterThan(0)
  })

  it('of the wrong size is refused with a sentence', () => {
    const machine = new StoreMachine({ commitLogFileBytes: 32_768 }).fill(files)
    expect(() => machine.start()).toThrow(/has 65536 bytes, but the configured file size is 32768/)
  })

  it('that is gone is missed by a checkpoint that knows of durable messages, and it is named as a witness', () => {
    const machine = new StoreMachine({ flushDiskType: 'SYNC_FLUSH' }).start().pass(100)
    machine.put([message('T', 0), message('T', 0)])
    machine.pass(5_000).kill()
    machine.remove('commitlog/')
    expect(() => machine.start()).toThrow(/no commit log, but its checkpoint and its queues know of messages: bring/)
  })

  it.each(['clean', 'killed'] as const)(
    'that is gone is missed: nothing is changed, and it may be brought back (%s)',
    (how) => {
      const { files: all, expected } = recordedQueries(`store-${how}`)
      const without = () => new StoreMachine().fill(all).remove('commitlog/')
      // the recorded checkpoint is of a time that this machine's clock has not reached, and says nothing to it
      const sentence = /has no commit log, but its queues know of messages: bring store\/commitlog back/
      expect(() => without().start()).toThrow(sentence)
      expect(() => without().remove('checkpoint').start()).toThrow(sentence)
      const machine = without()
      expect(() => machine.start()).toThrow(sentence)
      for (const [path, bytes] of all) if (path.startsWith('commitlog/')) machine.disk.put(`store/${path}`, bytes)
      machine.start()
      expect(machine.store.commitLogMaxOffset).toBe(expected.commitLog.endOffset)
    },
  )

  it('that is gone with its queues, or was never durable, begins again', () => {
    const machine = new StoreMachine().fill(files).remove('commitlog/').remove('consumequeue/').start()
    expect(machine.store.maxOffset('BulkTopic', 0)).toBe(0)
    expect(machine.store.queryMessage('PlainTopic', 'k1', 64, 0, Number.MAX_SAFE_INTEGER).records).toEqual([])
    expect(machine.put([message('BulkTopic', 0)])[0]!.queueOffset).toBe(0)
  })

  it('of many files starts at the last one after a clean stop, wherever it ends', () => {
    for (let count = 1; count < 40; count += 3) {
      const machine = new StoreMachine({ commitLogFileBytes: 4_096 }).start()
      for (let i = 0; i < count; i++) machine.put([message('T', i % 3, { body: 'x'.repeat(50 * i) })])
      machine.stop().start()
      const total = [0, 1, 2].reduce((sum, id) => sum + machine.store.maxOffset('T', id), 0)
      expect(total, `${count} messages`).toBe(count)
      expect(machine.log, `${count} messages`).toEqual([])
    }
  })
})
