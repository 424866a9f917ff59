/** A store at the edges of its limits: times to the millisecond, places to the byte. */
import { describe, expect, it } from 'vitest'
import { HOUR_MS } from '../../../reference/common/units.ts'
import { Checkpoint } from '../../../reference/store/checkpoint.ts'
import { CleanCommitLogService } from '../../../reference/store/clean-commit-log.ts'
import type { CommitLog } from '../../../reference/store/commit-log.ts'
import { DiskFullWatch } from '../../../reference/store/disk-full-watch.ts'
import { FlushRealTime } from '../../../reference/store/flush.ts'
import { GetMessageStatus, getMessage } from '../../../reference/store/get-message.ts'
import { GroupCommit } from '../../../reference/store/group-commit.ts'
import { IndexFile } from '../../../reference/store/index-file.ts'
import * as limits from '../../../reference/store/limits.ts'
import { offsetByTime } from '../../../reference/store/message-lookup.ts'
import { isFullBy } from '../../../reference/store/message-sizes.ts'
import { refuseMessage } from '../../../reference/store/put-check.ts'
import { HandHost } from '../../support/hand-host.ts'
import { SimHost } from '../../support/sim-host.ts'
import { message, StoreMachine } from '../store/machine.ts'
import { amountEdges, timeEdges } from './edge.ts'

const SIZES = {
  maxTransferBytesOnMessageInMemory: 1_000,
  maxTransferCountOnMessageInMemory: 10,
  maxTransferBytesOnMessageInDisk: 500,
  maxTransferCountOnMessageInDisk: 4,
  glassmqMessageInMemoryBytes: 10_000,
}
const full = (logEndsAt: number, count: number, bytes: number, sizeBytes: number) =>
  isFullBy(SIZES as never, logEndsAt)(count, bytes, { physicalOffset: 5_000, sizeBytes }) ? 'full' : ''
const put = (bodyBytes: number, propertiesText: string, fileBytes: number) =>
  refuseMessage({ ...message('T', 0, { body: 'x'.repeat(bodyBytes) }), propertiesText }, fileBytes, 4_000)?.reason ?? ''

amountEdges([
  { limit: 'bytes of an answer from memory', value: 300, offer: (size) => full(15_000, 1, 700, size) },
  { limit: 'bytes of an answer from disk', value: 300, offer: (size) => full(15_001, 1, 200, size) },
  { limit: 'messages of an answer from memory, one less', value: 9, offer: (count) => full(15_000, count, 0, 1) },
  { limit: 'messages of an answer from disk, one less', value: 3, offer: (count) => full(15_001, count, 0, 1) },
  { limit: 'maxMessageSize', value: 4_000, offer: (bytes) => put(bytes, '', 100_000), refusal: /MAX: 4000/ },
  {
    limit: 'RECORD_OVERHEAD_BYTES: a body in a log file',
    value: 3_000 - limits.RECORD_OVERHEAD_BYTES,
    offer: (bytes) => put(bytes, '', 3_000),
    refusal: /does not fit a commit-log file of 3000/,
  },
  {
    limit: 'RECORD_OVERHEAD_BYTES: properties of two bytes a character',
    value: 3_000 - limits.RECORD_OVERHEAD_BYTES - 200,
    offer: (bytes) => put(bytes, 'é'.repeat(100), 3_000),
    refusal: /does not fit/,
  },
])
it('the first message of an answer is never too long', () => expect(full(1_000_000, 0, 0, 1_000_000)).toBe(''))

describe('a disk that fills', () => {
  const watch = () => {
    let isFull = false
    let asked = 0
    const watched = new DiskFullWatch({
      isDiskFull: () => {
        asked++
        return isFull
      },
    } as never)
    return { watched, asked: () => asked, fill: (is: boolean) => void (isFull = is) }
  }
  it('DISK_CHECK_MS and DISK_CHECK_BYTES: is looked at after ten seconds, or after 16 MiB', () => {
    const { watched, asked } = watch()
    const ask = (at: number, ms: number) => {
      watched.isFull(at, ms)
      return asked()
    }
    expect(ask(0, 5_000)).toBe(1)
    expect(ask(limits.DISK_CHECK_BYTES - 1, 5_000 + limits.DISK_CHECK_MS - 1)).toBe(1)
    expect(ask(limits.DISK_CHECK_BYTES, 5_001)).toBe(2)
    expect(ask(limits.DISK_CHECK_BYTES, 5_001 + limits.DISK_CHECK_MS - 1)).toBe(2)
    expect(ask(limits.DISK_CHECK_BYTES, 5_001 + limits.DISK_CHECK_MS)).toBe(3)
  })
  it('is looked at every second while it is full, however much was written', () => {
    const { watched, asked, fill } = watch()
    fill(true)
    expect(watched.isFull(0, 5_000)).toBe(true)
    fill(false)
    expect(watched.isFull(limits.DISK_CHECK_BYTES * 9, 5_999)).toBe(true)
    expect(watched.isFull(0, 6_000)).toBe(false)
    expect(asked()).toBe(2)
  })
  it.each([
    [0.75, false, false],
    [0.7501, true, false],
    [0.9, true, false],
    [0.9001, true, true],
  ])('is %d full: files are deleted %s, puts are refused %s', (usedRatio, cleans, refuses) => {
    const hand = new HandHost()
    const config = { diskMaxUsedSpaceRatio: 75, diskSpaceWarningLevelRatio: 90, deleteWhen: [], fileReservedTime: 72 }
    const host = { ...hand.host, disk: { usedRatio: () => usedRatio } }
    for (const fileCount of [1, 2]) {
      const log = { fileCount, fileStarts: [0], startsAt: 0 }
      const clean = new CleanCommitLogService(host as never, config as never, log as never, {} as never)
      expect(clean.isDiskFull()).toBe(refuses)
      clean.deleteNow()
      expect(hand.timers, 'the last file stays').toBe(fileCount === 2 ? 1 : 0)
      clean.stop()
      expect(hand.timers).toBe(0)
      clean.isDiskFull()
      clean.deleteNow()
      clean.filesChanged()
      expect(hand.timers, 'nothing begins after the stop').toBe(0)
      if (fileCount === 1) continue
      const again = new CleanCommitLogService(host as never, config as never, log as never, {} as never)
      again.isDiskFull()
      expect(hand.timers).toBe(cleans ? 1 : 0)
      again.stop()
    }
  })
})

describe('the hour of deletion', () => {
  it('a file goes at the first hour of deletion after its last message is 3 h old, to the millisecond', () => {
    const machine = new StoreMachine({
      commitLogFileBytes: 4_096,
      clean: {
        ...{ fileReservedTime: 3, deleteWhen: [7], diskMaxUsedSpaceRatio: 75, cleanFileForciblyEnable: false },
        ...{ diskSpaceCleanForciblyRatio: 85, diskSpaceWarningLevelRatio: 90 },
      },
    }).start() // at midnight
    const big = () => machine.put([message('T', 0, { body: 'x'.repeat(3_000) })])
    big()
    machine.pass(HOUR_MS)
    big() // the second file: the first one expires three hours after this
    machine.pass(HOUR_MS)
    machine.put([message('T', 0)])
    const files = () => machine.files('commitlog/').size
    machine.pass(7 * HOUR_MS - (machine.nowMs % (24 * HOUR_MS)) - 1)
    expect([files(), machine.nowMs % (24 * HOUR_MS)]).toEqual([2, 7 * HOUR_MS - 1])
    machine.pass(20) // with the time of the disk
    expect(files()).toBe(1)
  })
})

/** A log whose dirty bytes the test sets, and whose syncs it ends. */
function dirtyLog() {
  const ends: ((error: string) => void)[] = []
  const log = { writtenAt: 0, flushedAt: 0, sync: (done: (error: string) => void) => void ends.push(done) }
  const end = (error = '') => {
    if (error === '') log.flushedAt = log.writtenAt
    ends.shift()!(error)
  }
  return { log: log as typeof log & CommitLog, ends, end }
}

describe('ASYNC_FLUSH', () => {
  const flush = () => {
    const hand = new HandHost()
    const { log, ends, end } = dirtyLog()
    const failed: string[] = []
    const flusher = new FlushRealTime(
      hand.host.clock,
      log,
      () => {},
      (reason) => failed.push(reason),
    )
    const write = (bytes: number) => {
      log.writtenAt += bytes
      flusher.written()
    }
    return { hand, log, ends, end, flusher, write, failed }
  }
  it.each([
    // dirty bytes, and when their sync begins
    [limits.FLUSH_BYTES_MIN, 500],
    [limits.FLUSH_BYTES_MIN - 1, 10_000],
    [limits.FLUSH_BYTES_MIN / 4, 10_000],
    [1, 10_000],
  ])('%i bytes are synced after %i ms', (bytes, ms) => {
    const { hand, ends, write } = flush()
    write(bytes)
    hand.pass(ms - 1)
    expect(ends).toHaveLength(0)
    hand.pass(1)
    expect(ends).toHaveLength(1)
  })
  it('a long wait ends at the next multiple of the interval when 4 KiB are dirty, and not before that', () => {
    const { hand, ends, write } = flush()
    write(limits.FLUSH_BYTES_MIN / 4 - 2)
    hand.pass(600)
    write(1)
    expect(hand.timers).toBe(1)
    write(limits.FLUSH_BYTES_MIN)
    hand.pass(399)
    expect(ends).toHaveLength(0)
    hand.pass(1)
    expect(ends).toHaveLength(1)
  })
  it('a caller that waits begins a sync at once, gets the byte that it waits for, and not one before', () => {
    const { ends, end, log, flusher, write } = flush()
    const done: number[] = []
    flusher.whenFlushed(0, () => done.push(0))
    write(100)
    flusher.whenFlushed(100, () => done.push(100))
    expect(ends).toHaveLength(1)
    log.writtenAt = 150
    flusher.whenFlushed(101, () => done.push(101))
    log.flushedAt = 100
    ends.shift()!('')
    expect(done).toEqual([0, 100])
    expect(ends, 'the bytes that were written meanwhile').toHaveLength(1)
    end()
    expect(done).toEqual([0, 100, 101])
  })
  it('begins no sync after a failure, and sets no timer after the stop', () => {
    const failing = flush()
    failing.write(limits.FLUSH_BYTES_MIN)
    failing.hand.pass(500)
    failing.end('EIO')
    failing.write(limits.FLUSH_BYTES_MIN)
    failing.hand.pass(60_000)
    expect([failing.failed, failing.ends.length, failing.hand.timers]).toEqual([['EIO'], 0, 0])
    const stopped = flush()
    stopped.write(1)
    stopped.flusher.stop()
    stopped.write(limits.FLUSH_BYTES_MIN)
    stopped.hand.pass(60_000)
    expect([stopped.ends.length, stopped.hand.timers]).toEqual([0, 0])
  })
})

describe('SYNC_FLUSH', () => {
  const commit = () => {
    const hand = new HandHost()
    const { log, ends, end } = dirtyLog()
    const outcomes: string[] = []
    const group = new GroupCommit(
      hand.host.clock,
      log,
      () => {},
      () => {},
    )
    const wait = (bytes: number, sinceMs = hand.nowMs) => {
      log.writtenAt += bytes
      const upTo = log.writtenAt
      const since = hand.host.clock.monotonicMs() - hand.nowMs + sinceMs
      group.wait(upTo, since, (outcome) => outcomes.push(`${hand.nowMs} ${upTo} ${outcome}`))
    }
    return { hand, log, ends, end, group, wait, outcomes }
  }
  it('one sync answers the puts that were written before it, and the next one the rest', () => {
    const { log, ends, wait, group, outcomes } = commit()
    wait(100)
    wait(50)
    expect([ends.length, group.waitingPuts]).toEqual([1, 2])
    log.flushedAt = 149
    ends.shift()!('')
    expect([outcomes, ends.length]).toEqual([['0 100 flushed'], 1])
    log.flushedAt = 150
    ends.shift()!('')
    expect([outcomes.length, ends.length, group.waitingPuts]).toEqual([2, 0, 0])
  })
  it('SYNC_FLUSH_TIMEOUT_MS: a put is answered after five seconds, each for itself', () => {
    const { hand, group, wait, outcomes } = commit()
    hand.pass(3_000)
    wait(10, 1_000)
    wait(10, 2_000)
    expect(group.waitsSinceMs! - (hand.host.clock.monotonicMs() - hand.nowMs)).toBe(1_000)
    hand.pass(2_999)
    expect(outcomes).toEqual([])
    hand.pass(1)
    expect(outcomes).toEqual(['6000 10 timeout'])
    hand.pass(1_000)
    expect([outcomes.at(-1), hand.timers]).toEqual(['7000 20 timeout', 0])
  })
  it('a failure answers all, and every later put at once', () => {
    const { hand, end, wait, group, outcomes, ends } = commit()
    wait(10)
    wait(10)
    end('EIO')
    wait(10)
    group.written()
    expect([outcomes.length, outcomes[2], ends.length]).toEqual([3, '0 30 failed', 0])
    group.stop()
    expect(hand.timers).toBe(0)
  })
})

describe('a queue that is read', () => {
  /** A queue from `minOffset` to `maxOffset`, in files of 100 entries; each record has 10 bytes. */
  const read = (offset: number, maxCount: number, filter = () => true, minOffset = 20, maxOffset = 150) => {
    let reads = 0
    const queue = {
      minOffset,
      maxOffset,
      endOfFile: (at: number) => (Math.floor(at / 100) + 1) * 100,
      read: (at: number, count: number) => {
        reads++
        const end = Math.min(at + count, maxOffset)
        return Array.from({ length: Math.max(0, end - at) }, (_, i) => ({
          ...{ queueOffset: at + i, physicalOffset: (at + i) * 10, sizeBytes: 10, tagsCode: 0 },
        }))
      },
    }
    const log = { files: { fileSizeBytes: 1_000_000 }, readRange: (_: number, bytes: number) => new Uint8Array(bytes) }
    const result = getMessage(log as never, queue as never, offset, maxCount, filter, () => false)
    return { ...result, reads }
  }
  it.each([
    [19, GetMessageStatus.OFFSET_TOO_SMALL, 20],
    [20, GetMessageStatus.FOUND, 25],
    [149, GetMessageStatus.FOUND, 150],
    [150, GetMessageStatus.OFFSET_OVERFLOW_ONE, 150],
    [151, GetMessageStatus.OFFSET_OVERFLOW_BADLY, 150],
  ])('at %i: %s, next %i', (offset, status, nextBeginOffset) => {
    expect(read(offset, 5)).toMatchObject({ status, nextBeginOffset })
  })
  it.each([
    [0, 1],
    [1, 1],
    [2, 2],
    [80, 80],
    [90, 80], // up to the end of the file
  ])('with at most %i messages has %i', (maxCount, count) => expect(read(20, maxCount).count).toBe(count))
  it('an empty queue and one without any message say so', () => {
    expect(read(0, 1, undefined, 0, 0).status).toBe(GetMessageStatus.NO_MESSAGE_IN_QUEUE)
    expect(read(0, 1, undefined, 0, 1).status).toBe(GetMessageStatus.FOUND)
    expect(read(20, 1, () => false)).toMatchObject({
      status: GetMessageStatus.NO_MATCHED_MESSAGE,
      nextBeginOffset: 100,
    })
  })
  it('READ_GAP_BYTES_MAX, READ_RANGE_BYTES_MAX: records that are near are read together, in one file', () => {
    const readsOf = (second: number, firstBytes = 10, fileSizeBytes = 1_000_000) => {
      let reads = 0
      const at = (queueOffset: number, physicalOffset: number, sizeBytes: number) => ({
        ...{ queueOffset, physicalOffset, sizeBytes, tagsCode: 0 },
      })
      const entries = [at(0, 100, firstBytes), at(1, second, 10)]
      const queue = { minOffset: 0, maxOffset: 2, endOfFile: () => 100, read: () => entries }
      const log = {
        files: { fileSizeBytes },
        readRange: (_: number, bytes: number) => {
          reads++
          return new Uint8Array(bytes)
        },
      }
      const { count } = getMessage(
        log as never,
        queue as never,
        0,
        2,
        () => true,
        () => false,
      )
      expect(count).toBe(2)
      return reads
    }
    expect(readsOf(110)).toBe(1)
    expect(readsOf(110 + limits.READ_GAP_BYTES_MAX)).toBe(1)
    expect(readsOf(111 + limits.READ_GAP_BYTES_MAX)).toBe(2)
    expect(readsOf(90), 'behind the first').toBe(2)
    expect(readsOf(120, 10, 119), 'in another file').toBe(2)
    const most = limits.READ_RANGE_BYTES_MAX - 10
    expect(readsOf(100 + most, most)).toBe(1)
    expect(readsOf(101 + most, most + 1)).toBe(2)
  })
})

describe('times of messages', () => {
  const storedAt = [100, 200, 200, 200, 300]
  const find = (time: number, boundary: 'LOWER' | 'UPPER') => {
    const queue = {
      minOffset: 7,
      maxOffset: 7 + storedAt.length,
      read: (offset: number) => [{ physicalOffset: (offset - 7) * 100, sizeBytes: 91 }],
    }
    const log = {
      readRange: (at: number, bytes: number) => {
        const header = new Uint8Array(bytes)
        const view = new DataView(header.buffer)
        view.setBigInt64(56, BigInt(storedAt[at / 100]!)) // an IPv4 born host
        return header
      },
    }
    return offsetByTime(log as never, queue as never, time, boundary) - 7
  }
  it.each([
    [99, 0, 0],
    [100, 0, 0],
    [101, 1, 0],
    [199, 1, 0],
    [200, 1, 3],
    [201, 4, 3],
    [300, 4, 4],
    [301, 5, 4],
  ])('%i: the first from it is %i, the last up to it is %i', (time, lower, upper) => {
    expect([find(time, 'LOWER'), find(time, 'UPPER')]).toEqual([lower, upper])
  })
})

describe('an index file', () => {
  const index = (maxIndexNum = 10) => {
    const { disk } = new SimHost().start()
    return new IndexFile(disk, 'index/1', { maxHashSlotNum: 3, maxIndexNum })
  }
  const select = (file: IndexFile, hash: number, beginMs: number, endMs: number, maxCount = 9) => {
    const found: number[] = []
    file.select(hash, maxCount, beginMs, endMs, found, () => true)
    return found
  }
  it('finds keys by time, to the millisecond of their whole seconds, the newest first', () => {
    const file = index()
    for (const [hash, offset, ms] of [
      [5, 10, 10_000],
      [8, 20, 11_999], // the same slot
      [5, 30, 12_000],
      [5, 40, 15_500],
    ] as const)
      file.put(hash, offset, ms)
    const times = (beginMs: number, endMs: number) => select(file, 5, beginMs, endMs)
    expect(times(0, 99_999)).toEqual([40, 30, 10])
    expect(times(10_000, 10_000)).toEqual([10])
    expect(times(10_001, 12_000)).toEqual([30])
    expect(times(10_001, 11_999)).toEqual([])
    expect(times(12_001, 15_000)).toEqual([40])
    expect(times(12_001, 14_999)).toEqual([])
    expect(select(file, 8, 0, 99_999)).toEqual([20])
    expect(select(file, 11, 0, 99_999)).toEqual([])
    expect(select(file, 5, 0, 99_999, 2)).toEqual([40, 30])
    const matched = (beginMs: number, endMs: number) => file.isTimeMatched(beginMs, endMs)
    expect([matched(15_500, 20_000), matched(15_501, 20_000), matched(0, 10_000), matched(0, 9_999)]).toEqual([
      ...[true, false, true, false],
    ])
  })
  it('counts the keys of its last message', () => {
    const file = index()
    file.put(1, 10, 10_000)
    expect(file.keysOfLastMessage()).toBe(1)
    for (const hash of [1, 2, 3]) file.put(hash, 20, 10_000)
    expect(file.keysOfLastMessage()).toBe(3)
  })
})

describe('a checkpoint', () => {
  const begin = () => {
    const machine = new SimHost()
    const host = machine.start()
    const { disk } = host
    const patch = (at: number, value: bigint) => {
      const file = disk.open('checkpoint')
      const bytes = new Uint8Array(8)
      new DataView(bytes.buffer).setBigInt64(0, value)
      disk.write(file, at, bytes)
      disk.close(file)
    }
    return { host, patch, open: () => new Checkpoint(host, '') }
  }
  it('gives back what was written, to the byte', () => {
    const { open, patch, host } = begin()
    const nowMs = BigInt(host.clock.nowMs())
    open().logBegins()
    for (const [i, value] of [nowMs, nowMs - 1n, nowMs - 2n, 77n, 88n].entries()) patch(8 * i, value)
    const again = open()
    expect([again.physicMsgTimestamp, again.logicsMsgTimestamp, again.indexMsgTimestamp]).toEqual([
      ...[Number(nowMs), Number(nowMs - 1n), Number(nowMs - 2n)],
    ])
    expect([again.masterFlushedOffset, again.storedConfirmOffset, again.isTrustworthy]).toEqual([77, 88, true])
    again.confirmPhyOffset = 99
    again.masterFlushedOffset = 66
    again.write()
    const third = open()
    expect([third.physicMsgTimestamp, third.masterFlushedOffset, third.storedConfirmOffset]).toEqual([
      ...[Number(nowMs), 66, 99],
    ])
  })
  it.each([
    ['the future', (nowMs: bigint) => nowMs + 1n, 0],
    ['now', (nowMs: bigint) => nowMs, 1],
    ['below 0', () => -1n, 0],
    ['above the largest time', () => 0x1_0000_0000_0000n, 0],
    ['0', () => 0n, 0],
  ])('reads a time in %s', (_, timeOf, isRead) => {
    const { open, patch, host } = begin()
    open().logBegins()
    const nowMs = BigInt(host.clock.nowMs())
    patch(0, timeOf(nowMs))
    const { physicMsgTimestamp, isTrustworthy } = open()
    expect([physicMsgTimestamp, isTrustworthy]).toEqual([
      isRead === 0 ? 0 : Number(nowMs),
      timeOf(nowMs) === 0n || isRead === 1,
    ])
  })
  it('a summary counts for its own log only', () => {
    const { open } = begin()
    const checkpoint = open()
    expect([checkpoint.readSummary(0, 1e9), checkpoint.notedLogEnd]).toEqual([undefined, Number.POSITIVE_INFINITY])
    const summary = { from: 100, before: 900, queues: 3, entries: 44 }
    checkpoint.writeSummary(summary)
    expect([
      checkpoint.readSummary(100, 900),
      checkpoint.readSummary(100, 899),
      checkpoint.readSummary(99, 900),
    ]).toEqual([...[summary, undefined, undefined]])
    expect([open().readSummary(undefined, 900), open().notedLogEnd]).toEqual([summary, 900])
  })
})

timeEdges([
  {
    limit: 'a group commit that waits from its put on',
    value: limits.SYNC_FLUSH_TIMEOUT_MS,
    hasHappened(ms) {
      const hand = new HandHost()
      let outcome = ''
      const group = new GroupCommit(
        hand.host.clock,
        dirtyLog().log,
        () => {},
        () => {},
      )
      group.wait(1, hand.host.clock.monotonicMs(), (each) => {
        outcome = each
      })
      hand.pass(ms)
      return outcome === 'timeout'
    },
  },
])
