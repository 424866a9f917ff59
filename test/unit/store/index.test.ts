/** Messages are found by key, in our stores and in those of the official broker, and after whatever happened to the index. */
import { describe, expect, it } from 'vitest'
import { decodeRecords } from '../../../reference/common/message-codec.ts'
import { offsetMessageId } from '../../../reference/common/message-id.ts'
import { keyHashOf, keysOf } from '../../../reference/store/index-service.ts'
import { nameOfTime, timeOfName } from '../../../reference/store/time-name.ts'

import { message, SMALL, StoreMachine } from './machine.ts'
import { recordedQueries } from './recorded-queries.ts'

const FOREVER = Number.MAX_SAFE_INTEGER

/** Offset ids of what a query finds, as the recordings name them. */
function idsFor(machine: StoreMachine, topic: string, key: string, most = 64, begin = 0, end = FOREVER): string[] {
  return machine.store.queryMessage(topic, key, most, begin, end).records.map((record) => {
    const { physicalOffset } = decodeRecords(record).messages[0]!
    return offsetMessageId(SMALL.storeIp, SMALL.storePort, physicalOffset)
  })
}

describe('the official broker’s store', () => {
  const { files, expected } = recordedQueries('store-clean')

  it('gives the same messages for every key it was asked for, but those of another key with the same hash', () => {
    const machine = new StoreMachine().fill(files).start()
    const hasKey = (id: string, key: string) => {
      const { properties } = decodeRecords(machine.store.recordAt(Number.parseInt(id.slice(16), 16))!).messages[0]!
      return [properties.get('UNIQ_KEY'), ...(properties.get('KEYS') ?? '').split(' ')].includes(key)
    }
    let others = 0
    for (const query of expected.queries.queryMessageResponse) {
      const { topic, key, maxNum, begin, end, offsetMsgIds, ext } = query
      const meant = offsetMsgIds.filter((id) => hasKey(id, key))
      others += offsetMsgIds.length - meant.length
      expect(idsFor(machine, topic, key, maxNum, begin, end), `${topic} ${key}`).toEqual(meant)
      if (meant.length === 0) continue
      const { indexLastUpdatePhyoffset, indexLastUpdateTimestamp } = machine.store.queryMessage(
        topic,
        key,
        maxNum,
        begin,
        end,
      )
      expect(String(indexLastUpdatePhyoffset), key).toBe(ext.indexLastUpdatePhyoffset)
      expect(String(indexLastUpdateTimestamp), key).toBe(ext.indexLastUpdateTimestamp)
    }
    expect(expected.queries.queryMessageResponse.length).toBeGreaterThan(40)
    expect(others, 'Aa and BB have the same hash').toBeGreaterThan(0)
  })

  it('gives the same message for every unique id', () => {
    const machine = new StoreMachine().fill(files).start()
    for (const { topic, uniqKey, offsetMsgIds = [] } of expected.queries.queryMessageByUniqueKey)
      for (const id of offsetMsgIds) expect(idsFor(machine, topic, uniqKey), `${topic} ${uniqKey}`).toContain(id)
    expect(expected.queries.queryMessageByUniqueKey.length).toBeGreaterThan(50)
  })

  it('has index files that come out byte for byte the same when they are made again from the log', () => {
    const machine = new StoreMachine().fill(files).remove('index/').start().stop()
    const recorded = [...files].filter(([path]) => path.startsWith('index/')).map(([, bytes]) => Buffer.from(bytes))
    const ours = [...machine.files('index/').values()].map((bytes) => Buffer.from(bytes))
    expect(recorded.length).toBe(2)
    expect(ours.map((file) => file.length)).toEqual(recorded.map((file) => file.length))
    for (const [i, file] of recorded.entries()) expect(ours[i]!.equals(file), `index file ${i}`).toBe(true)
  })

  it('is left as it is when nothing is wrong with it', () => {
    const machine = new StoreMachine().fill(files).start().stop()
    const recorded = [...files].filter(([path]) => path.startsWith('index/'))
    expect([...machine.files('index/')].map(([path, bytes]) => [path, Buffer.from(bytes)])).toEqual(
      recorded.map(([path, bytes]) => [path, Buffer.from(bytes)]),
    )
    expect(machine.log).toEqual([])
  })

  it('gives every key after a kill -9, also those that the official broker lost then', () => {
    const { files: killed, expected: lost } = recordedQueries('store-killed')
    const machine = new StoreMachine().fill(killed).start()
    let foundAgain = 0
    for (const { topic, key, offsetMsgIds } of lost.queries.queryMessageResponse) {
      const ids = idsFor(machine, topic, key)
      for (const id of offsetMsgIds.filter((one) => Number.parseInt(one.slice(16), 16) < lost.commitLog.endOffset))
        expect(ids, key).toContain(id)
      if (offsetMsgIds.length === 0 && ids.length > 0) foundAgain++
    }
    expect(foundAgain).toBeGreaterThan(5)
  })
})

describe('queries', () => {
  const machine = new StoreMachine().start()
  for (let i = 0; i < 100; i++) {
    machine.put([message('T', i % 4, { keys: `k${i} all`, uniqKey: `id${i}`, body: `body ${i}` })])
    machine.pass(1_000)
  }
  const startMs = machine.nowMs - 100_000

  it('find by each word of KEYS and by the unique id', () => {
    for (const key of ['k0', 'k42', 'k99', 'id0', 'id99']) expect(idsFor(machine, 'T', key), key).toHaveLength(1)
    expect(idsFor(machine, 'T', 'k100')).toEqual([])
    expect(idsFor(machine, 'Other', 'k1')).toEqual([])
  })

  it('bring the newest when there are more than asked for, at most 64, in the order of the log', () => {
    expect(idsFor(machine, 'T', 'all', 3)).toEqual(idsFor(machine, 'T', 'all', 64).slice(-3))
    expect(idsFor(machine, 'T', 'all', 1_000)).toHaveLength(64)
    expect(idsFor(machine, 'T', 'all')).toEqual(idsFor(machine, 'T', 'all').toSorted())
  })

  it('keep to the times asked for, to the second', () => {
    const found = machine.store.queryMessage('T', 'all', 64, startMs + 20_000, startMs + 30_000).records.length
    expect(found).toBeGreaterThanOrEqual(9)
    expect(found).toBeLessThanOrEqual(11)
    expect(idsFor(machine, 'T', 'all', 64, 0, startMs - 2_000)).toEqual([])
    expect(idsFor(machine, 'T', 'all', 64, machine.nowMs + 2_000, FOREVER)).toEqual([])
  })

  it('find nothing, and say so, when the index is off', () => {
    const off = new StoreMachine({ messageIndexEnable: false }).start()
    off.put([message('T', 0, { keys: 'k' })])
    expect(idsFor(off, 'T', 'k')).toEqual([])
    expect(off.stop().files('index/').size).toBe(0)
  })

  it('do not find rolled-back messages, but prepared ones', () => {
    const machine = new StoreMachine().start()
    machine.put([message('T', 0, { keys: 'prepared', sysFlag: 0x4 }), message('T', 0, { keys: 'back', sysFlag: 0xc })])
    expect(idsFor(machine, 'T', 'prepared')).toHaveLength(1)
    expect(idsFor(machine, 'T', 'back')).toEqual([])
  })
})

describe('after a stop', () => {
  const COUNT = 700
  /** Three index files, the first two of them full in the middle of a message. */
  const tiny = { index: { maxHashSlotNum: 97, maxIndexNum: 600 } }

  function filled(how: 'stop' | 'kill' | 'powerCut', flushDiskType: 'SYNC_FLUSH' | 'ASYNC_FLUSH' = 'SYNC_FLUSH') {
    const machine = new StoreMachine({ ...tiny, flushDiskType }).start()
    for (let i = 0; i < COUNT; i += 7)
      machine.put(Array.from({ length: 7 }, (_, j) => message('T', 0, { keys: `k${i + j}`, uniqKey: `id${i + j}` })))
    return machine.pass(3_000)[how]() // long enough for a checkpoint
  }

  function expectEveryKeyOnce(machine: StoreMachine): void {
    for (let i = 0; i < COUNT; i++) {
      expect(idsFor(machine, 'T', `k${i}`), `k${i}`).toHaveLength(1)
      expect(idsFor(machine, 'T', `id${i}`), `id${i}`).toHaveLength(1)
    }
  }

  it.each(['stop', 'kill', 'powerCut'] as const)('%s: every key is found once, and new ones too', (how) => {
    const machine = filled(how).start()
    expectEveryKeyOnce(machine)
    machine.put([message('T', 0, { keys: 'later' })])
    expect(idsFor(machine, 'T', 'later')).toHaveLength(1)
    expectEveryKeyOnce(machine.kill().start())
  })

  it('a kill keeps files that were full and synced; what is newer is made again, the same', () => {
    const before = filled('stop').files('index/')
    const killed = filled('kill')
    const oldest = [...killed.files('index/').keys()][0]!
    const after = killed.start().stop().files('index/')
    expect([...after.keys()][0]).toBe(oldest)
    expect([...after.values()].map((bytes) => Buffer.from(bytes))).toEqual(
      [...before.values()].map((bytes) => Buffer.from(bytes)),
    )
  })

  it.each([0, 1, 2])('index file %i removed by hand is made again', (which) => {
    const machine = filled('stop')
    const path = [...machine.files('index/').keys()][which]!
    machine.remove(path).start()
    expectEveryKeyOnce(machine)
  })

  it.each([10, 45_000])('an index file cut to %i bytes is made again', (sizeBytes) => {
    const machine = filled('stop')
    const [path, bytes] = [...machine.files('index/')][1]!
    machine.disk.put(`store/${path}`, bytes.slice(0, sizeBytes))
    machine.start()
    expectEveryKeyOnce(machine)
  })

  it('an index with other sizes in the settings is made again', () => {
    const machine = filled('stop')
    const other = new StoreMachine({ index: { maxHashSlotNum: 50, maxIndexNum: 800 } }).fill(machine.files('')).start()
    expectEveryKeyOnce(other)
  })

  it('an index of a log that lost its end points to nothing that is not there', () => {
    const machine = filled('stop')
    const log = machine.files('commitlog/').get('commitlog/00000000000000000000')!
    machine.disk.put('store/commitlog/00000000000000000000', log.fill(0, 30_000))
    machine.remove('commitlog/00000000000000065536').start()
    const left = machine.store.maxOffset('T', 0)
    for (let i = 0; i < COUNT; i++) expect(idsFor(machine, 'T', `k${i}`), `k${i}`).toHaveLength(i < left ? 1 : 0)
    expect(left).toBeGreaterThan(100)
  })
})

it('keys are the unique id and the words, hashed as Java does without the sign', () => {
  expect(keysOf({ uniqKey: 'u', keys: ' a  b ', sysFlag: 0 })).toEqual(['u', 'a', 'b'])
  expect(keysOf({ uniqKey: undefined, keys: undefined, sysFlag: 0 })).toEqual([])
  expect(keysOf({ uniqKey: 'u', keys: '', sysFlag: 0 }), 'an empty property names no key').toEqual(['u'])
  expect(keyHashOf('T', 'k')).toBe((84 * 31 + 35) * 31 + 107)
  for (let i = 0; i < 1_000; i++) expect(keyHashOf('Topic', `key-${i}`)).toBeGreaterThanOrEqual(0)
})

it('a moment has the same name as in Java, and back', () => {
  expect(nameOfTime(Date.UTC(2026, 10, 22, 12, 42, 2, 351))).toBe('20261122124202351')
  for (const ms of [0, 951_782_400_000, 951_868_799_999, 1_709_164_800_000, 4_107_542_399_999, 1_704_067_199_999]) {
    expect(nameOfTime(ms)).toBe(new Date(ms).toISOString().replace(/\D/g, ''))
    expect(timeOfName(nameOfTime(ms))).toBe(ms)
  }
})
