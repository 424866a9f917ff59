/** Copying at the edges of its limits: what a master and a slave do to the millisecond, and to the byte. */
import { describe, expect, it } from 'vitest'
import { SEND_BUFFER_BYTES } from '../../../reference/host/limits.ts'
import type { CommitLog } from '../../../reference/store/commit-log.ts'
import { ConfirmWaits } from '../../../reference/store/confirm-waits.ts'
import { AutoSwitchClient } from '../../../reference/store/ha/auto-switch-client.ts'
import { AutoSwitchConnection, epochAt } from '../../../reference/store/ha/auto-switch-connection.ts'
import {
  encodeMasterFrame,
  encodeSlaveFrame,
  MasterFrameReader,
} from '../../../reference/store/ha/auto-switch-frames.ts'
import { AutoSwitchMaster } from '../../../reference/store/ha/auto-switch-master.ts'
import { consistentPoint } from '../../../reference/store/ha/consistent-point.ts'
import { EpochFile } from '../../../reference/store/ha/epoch-file.ts'
import { GroupTransfer } from '../../../reference/store/ha/group-transfer.ts'
import { HaClient } from '../../../reference/store/ha/ha-client.ts'
import { HaConnection } from '../../../reference/store/ha/ha-connection.ts'
import { encodeReport, encodeTransfer, TransferReader } from '../../../reference/store/ha/ha-frames.ts'
import { HaMaster } from '../../../reference/store/ha/ha-master.ts'
import { type ConnectedReplica, InSyncSet } from '../../../reference/store/ha/in-sync-set.ts'
import * as limits from '../../../reference/store/ha/limits.ts'
import { slavePolicy } from '../../../reference/store/ha/slave-policy.ts'
import { CONFIRM_WAITS_MAX, CONFIRM_WITHIN_MS } from '../../../reference/store/limits.ts'
import { PutMessageStatus } from '../../../reference/store/put-message.ts'
import { BEGIN_MS, HandHost } from '../../support/hand-host.ts'
import { SimHost } from '../../support/sim-host.ts'
import { amountEdges } from './edge.ts'

/** A log from 4,000 to `writtenAt`, in files of 1,000 bytes. */
const logTo = (writtenAt: number) => {
  const log = {
    writtenAt,
    files: { startsAt: 4_000, fileSizeBytes: 1_000, fileCount: 2 },
    readRange: (at: number, sizeBytes: number) => new Uint8Array(sizeBytes).fill(at % 251),
    appendRaw: (bytes: Uint8Array) => {
      log.writtenAt += bytes.length
    },
  }
  return log as typeof log & CommitLog
}
const EPOCHS = { entries: [{ epoch: 3, startOffset: 4_000 }], last: { epoch: 3, startOffset: 4_000 }, lastEpoch: 3 }

describe('a slave without a controller', () => {
  const slave = () => {
    const hand = new HandHost()
    const replica = { maxOffset: 4_500, append: () => '' }
    const client = new HaClient(hand.host, replica as never, () => {})
    client.follow('master:10912')
    client.start()
    hand.open()
    return { hand, client }
  }

  it('reports every five seconds, leaves a silent master after 20 s, and comes back five seconds later', () => {
    const { hand, client } = slave()
    hand.pass(25_000)
    expect(hand.take()).toEqual([
      '0 connect master:10912',
      ...['0 send 8', '5000 send 8', '10000 send 8', '15000 send 8'],
      ...['20000 close', '25000 connect master:10912'],
    ])
    client.stop()
    hand.pass(60_000)
    expect(hand.take()).toEqual(['25000 close'])
    expect(hand.timers).toBe(0)
  })

  it('counts the silence from the last byte, and the five seconds from the last report', () => {
    const { hand } = slave()
    hand.pass(1)
    hand.receive(encodeTransfer({ physicalOffset: 4_500, bytes: new Uint8Array(7) })) // answered with a report
    hand.take()
    hand.pass(24_999)
    expect(hand.take(), 'at 20 s the master has been silent for one millisecond less').toEqual([
      ...['10000 send 8', '15000 send 8', '20000 send 8'],
      '25000 close',
    ])
  })

  it('stops for ever when it is told to while it waits to connect again', () => {
    const { hand, client } = slave()
    hand.end('reset')
    hand.take()
    hand.pass(limits.HA_RECONNECT_MS - 1)
    client.stop()
    hand.pass(60_000)
    client.follow('other:10912')
    expect([hand.take(), hand.timers]).toEqual([[], 0])
  })

  it('stops for ever when its disk fails', () => {
    const hand = new HandHost()
    const failed: string[] = []
    const append = () => {
      throw Object.assign(new Error('cannot write: EIO'), { name: 'DiskError' })
    }
    const client = new HaClient(hand.host, { maxOffset: 0, append } as never, (reason) => failed.push(reason))
    client.follow('master:10912')
    client.start()
    hand.open()
    hand.receive(encodeTransfer({ physicalOffset: 0, bytes: new Uint8Array(1) }))
    expect([failed, client.isConnected]).toEqual([['cannot write: EIO'], false])
    hand.take()
    hand.pass(60_000)
    client.follow('other:10912')
    expect([hand.take(), hand.timers]).toEqual([[], 0])
  })
})

/** Both kinds of a master’s connection: how it is made, and how its slave begins. */
const MASTERS = [
  {
    name: 'without a controller',
    begin: (maxOffset: number) => [encodeReport(maxOffset)],
    make: (hand: HandHost, log: CommitLog, closed: (reason: string) => void) =>
      new HaConnection(hand.host, log, 1, 'slave:1', { onAcked: () => {}, onClosed: closed }),
    headBytes: 12,
    firstBytes: [] as readonly string[],
  },
  {
    name: 'under a controller',
    begin: (maxOffset: number) => [
      encodeSlaveFrame({ is: 'handshake', isSyncFromLastFile: true, isAsyncLearner: false, brokerId: 2 }),
      encodeSlaveFrame({ is: 'transfer', maxOffset }),
    ],
    make: (hand: HandHost, log: CommitLog, closed: (reason: string) => void) =>
      new AutoSwitchConnection(
        { host: hand.host, log, epochs: EPOCHS as never, confirmOffset: () => 4_000 },
        1,
        'slave:1',
        { onHandshake() {}, onReported() {}, onClosed: (_, reason) => closed(reason) },
      ),
    headBytes: 36,
    firstBytes: ['0 send 32', '0 send 36'] as readonly string[],
  },
] as const

describe.each(MASTERS)('a master $name', ({ begin, make, headBytes, firstBytes }) => {
  const master = (writtenAt: number, maxOffset: number | undefined) => {
    const hand = new HandHost()
    const log = logTo(writtenAt)
    let closed = ''
    const slave = make(hand, log, (reason) => {
      closed = reason
    })
    const say = (bytes: readonly Uint8Array[]) => {
      for (const each of bytes) slave.onBytes(1, each)
    }
    if (maxOffset !== undefined) say(begin(maxOffset))
    return { hand, log, slave, say, closed: () => closed }
  }

  it('sends a heartbeat after five quiet seconds, and leaves a silent slave after 20 s', () => {
    const { hand, closed } = master(4_500, 4_500)
    hand.pass(20_000)
    const beats = [5_000, 10_000, 15_000].map((ms) => `${ms} send ${headBytes}`)
    expect(hand.take()).toEqual([...firstBytes, ...beats, '20000 close'])
    expect(closed()).toBe('the slave is silent')
    expect(hand.timers).toBe(0)
  })

  it('leaves a slave that never reports after 20 s, without a word', () => {
    const { hand } = master(4_500, undefined)
    hand.pass(20_000)
    expect(hand.take()).toEqual(['20000 close'])
  })

  it('counts both times from the last bytes', () => {
    const { hand, log, slave, say } = master(4_500, 4_500)
    hand.pass(1)
    log.writtenAt = 4_600
    slave.transfer()
    say([begin(4_600).at(-1)!])
    hand.take()
    hand.pass(24_999)
    const beats = [10_000, 15_000, 20_000].map((ms) => `${ms} send ${headBytes}`)
    expect(hand.take()).toEqual([...beats, '25000 close'])
  })

  it('sends at most 16 frames a turn, each from one file, and none while the peer does not read', () => {
    const { hand, slave } = master(24_000, 4_000)
    const sizes = () => hand.take().filter((line) => line.includes('send') && !firstBytes.includes(line))
    expect(sizes()).toEqual(Array(limits.HA_FRAMES_PER_TURN).fill(`0 send ${headBytes + 1_000}`))
    hand.pass(0)
    expect(sizes()).toHaveLength(4)
    expect(slave.nextAt).toBe(24_000)
  })

  it('stops sending when more than the send buffer is unread, and goes on when it is drained', () => {
    for (const [unreadBytes, frames] of [
      [SEND_BUFFER_BYTES, 3],
      [SEND_BUFFER_BYTES + 1, 1],
    ] as const) {
      const { hand, log, slave } = master(4_000, 4_000)
      hand.take()
      hand.unreadBytes = unreadBytes
      log.writtenAt = 7_000
      slave.transfer()
      expect(hand.take()).toHaveLength(frames)
      hand.pass(5_000)
      expect(hand.take(), 'no heartbeat behind unread bytes').toHaveLength(frames === 1 ? 0 : 1)
      hand.unreadBytes = 0
      slave.onDrained()
      expect(hand.take()).toHaveLength(3 - frames)
    }
  })

  it.each([
    // the end of the slave's log, and where the master begins to send
    [0, 8_000],
    [3_999, 'this log begins at 4000'],
    [4_000, 4_000],
    [4_001, 4_001],
    [8_499, 8_499],
    [8_500, 8_500],
    [8_501, 'beyond this log, which ends at 8500'],
  ])('a slave whose log ends at %i', (maxOffset, expected) => {
    const hand = new HandHost()
    const log = logTo(8_500)
    let closed = ''
    const slave = make(hand, log, (reason) => {
      closed = reason
    })
    let firstAt = -1
    log.readRange = (at, sizeBytes) => {
      if (firstAt < 0 && sizeBytes > 0) firstAt = at
      return new Uint8Array(sizeBytes)
    }
    for (const bytes of begin(maxOffset)) slave.onBytes(1, bytes)
    if (typeof expected === 'string') expect(closed).toContain(expected)
    else expect([closed, firstAt < 0 ? slave.nextAt : firstAt]).toEqual(['', expected])
    expect(slave.ackedAt).toBe(typeof expected === 'string' ? -1 : maxOffset)
  })

  it('an empty slave of a log within its first file begins at the start of the log', () => {
    const { slave, log } = master(4_000, undefined)
    log.files.startsAt = 4_200
    log.writtenAt = 4_300
    for (const bytes of begin(0)) slave.onBytes(1, bytes)
    expect(slave.nextAt).toBe(4_300)
  })
})

it('a master under a controller tells the confirm offset after 100 ms, once, unless a frame has told it', () => {
  const hand = new HandHost()
  let confirmOffset = 4_000
  const parts = { host: hand.host, log: logTo(4_500), epochs: EPOCHS as never, confirmOffset: () => confirmOffset }
  const slave = new AutoSwitchConnection(parts, 1, 's', { onHandshake() {}, onReported() {}, onClosed() {} })
  slave.confirmMoved()
  for (const bytes of MASTERS[1].begin(4_500)) slave.onBytes(1, bytes)
  hand.take()
  slave.confirmMoved()
  hand.pass(100)
  expect(hand.take(), 'nothing new').toEqual([])
  confirmOffset = 4_001
  slave.confirmMoved()
  slave.confirmMoved()
  hand.pass(99)
  expect(hand.take()).toEqual([])
  hand.pass(1)
  expect(hand.take()).toEqual(['200 send 36'])
  confirmOffset = 4_002
  slave.confirmMoved()
  hand.unreadBytes = SEND_BUFFER_BYTES + 1
  slave.transfer()
  slave.close('enough')
  hand.pass(60_000)
  slave.confirmMoved()
  expect([hand.take(), hand.timers]).toEqual([['200 close'], 0])
})

describe('a slave under a controller', () => {
  const slave = (epochs: unknown = EPOCHS) => {
    const hand = new HandHost()
    const events: string[] = []
    const log = logTo(4_500)
    const client = new AutoSwitchClient(
      { host: hand.host, log, epochs: epochs as never },
      { brokerId: 2, isSyncFromLastFile: false, isAsyncLearner: false },
      'master:10912',
      {
        truncate(at, done) {
          events.push(`truncate ${at}`)
          done('')
        },
        onGrown: () => '',
        onDiskFailed() {},
      },
    )
    return { hand, client, events, log }
  }
  const handshake = encodeMasterFrame({ is: 'handshake', maxOffset: 4_500, epoch: 3, entries: EPOCHS.entries })
  const adopting = { ...EPOCHS, adopt: (_: unknown, __: number, done: (error: string) => void) => done('') }

  it('leaves a master without a handshake after 20 s, and comes back five seconds later', () => {
    const { hand, client } = slave()
    hand.open()
    hand.pass(25_000)
    expect(hand.take()).toEqual([
      ...['0 connect master:10912', '0 send 16', '20000 close', '25000 connect master:10912'],
    ])
    client.stop()
    hand.pass(60_000)
    expect([hand.take(), hand.timers]).toEqual([['25000 close'], 0])
  })

  it('reports every five seconds after the handshake', () => {
    const { hand, client, events } = slave(adopting)
    hand.open()
    hand.receive(handshake)
    expect(client.isConnected).toBe(true)
    hand.take()
    hand.pass(20_000)
    expect(hand.take()).toEqual(['5000 send 12', '10000 send 12', '15000 send 12', '20000 close'])
    expect([events, client.isConnected]).toEqual([[], false])
    client.stop()
    hand.pass(60_000)
    expect(hand.timers).toBe(0)
  })

  it('HA_WAITING_FRAMES_MAX: so many frames wait for the disk, and one more ends the connection', () => {
    for (const more of [0, 1]) {
      const { hand, client } = slave({ ...EPOCHS, adopt() {} }) // the epochs are never durable
      hand.open()
      hand.receive(handshake)
      const frame = encodeMasterFrame({
        ...{ is: 'transfer', physicalOffset: 4_500, epoch: 3, epochStartOffset: 4_000, confirmOffset: 0 },
        bytes: new Uint8Array(),
      })
      for (let i = 0; i < limits.HA_WAITING_FRAMES_MAX + more; i++) hand.receive(frame)
      expect(hand.take().includes('0 close')).toBe(more === 1)
      client.stop()
    }
  })

  it.each([
    [4_500, 3, ''],
    [4_500, 2, 'closed'],
    [4_499, 3, 'closed'],
    [4_501, 3, 'closed'],
  ])('a frame at %i of epoch %i is taken or refused', (physicalOffset, epoch, result) => {
    const { hand, log } = slave(adopting)
    hand.open()
    hand.receive(handshake)
    hand.take()
    const bytes = new Uint8Array(10)
    hand.receive(
      encodeMasterFrame({ is: 'transfer', physicalOffset, epoch, epochStartOffset: 4_000, confirmOffset: 0, bytes }),
    )
    expect(hand.take()).toEqual(result === '' ? ['0 send 12'] : ['0 close'])
    expect(log.writtenAt).toBe(result === '' ? 4_510 : 4_500)
  })
})

describe('puts that wait for slaves', () => {
  const waiting = () => {
    const hand = new HandHost()
    const answers: string[] = []
    let releasedAt = 0
    const policy = { releasedAt: () => releasedAt, refusal: () => '', isTooSmall: false }
    const copies = new GroupTransfer(hand.host.clock, limits.SLAVE_TIMEOUT_MS, policy)
    const join = (upTo: number, sinceMs = hand.nowMs) =>
      copies.join(upTo, BEGIN_MS + sinceMs, (status) => answers.push(`${hand.nowMs} ${upTo} ${status}`))(
        PutMessageStatus.PUT_OK,
        '',
      )
    const release = (upTo: number) => {
      releasedAt = upTo
      copies.slavesChanged()
    }
    return { hand, copies, join, release, answers }
  }

  it('are answered when the slaves have the last byte, each for itself, and after three seconds without', () => {
    const { hand, copies, join, release, answers } = waiting()
    join(100)
    hand.pass(1_000)
    join(200)
    join(300)
    release(99)
    expect(answers).toEqual([])
    release(100)
    release(199)
    release(200)
    expect(answers).toEqual(['1000 100 PUT_OK', '1000 200 PUT_OK'])
    hand.pass(2_999)
    expect(copies.waitingPuts).toBe(1)
    hand.pass(1)
    expect(answers.at(-1)).toBe('4000 300 FLUSH_SLAVE_TIMEOUT')
    expect([copies.waitingPuts, hand.timers]).toEqual([0, 0])
  })

  it('wait from the moment at which the put began', () => {
    const { hand, join, answers } = waiting()
    hand.pass(10_000)
    join(100, 8_000)
    join(200, 8_001)
    join(300, 1_000) // its time is over, and the puts before it are first
    hand.pass(1_000)
    expect(answers).toEqual(['11000 100 FLUSH_SLAVE_TIMEOUT'])
    hand.pass(1)
    expect(answers.slice(1)).toEqual(['11001 200 FLUSH_SLAVE_TIMEOUT', '11001 300 FLUSH_SLAVE_TIMEOUT'])
  })

  it('are answered at the stop, and no timer is left', () => {
    const { hand, copies, join, answers } = waiting()
    join(100)
    join(200)
    copies.stop()
    expect([answers.length, hand.timers]).toEqual([2, 0])
  })
})

describe('which slaves count', () => {
  const at = (...ackedAts: number[]) => ackedAts.map((ackedAt) => ({ ackedAt }) as never)

  it.each([
    [1, [], Number.MAX_SAFE_INTEGER],
    [2, [], -1],
    [2, [7, 9], 9],
    [3, [7, 9], 7],
    [3, [9, 7, 8], 8],
    [4, [7, 9], -1],
  ])('inSyncReplicas=%i with slaves at %j', (inSyncReplicas, ackedAts, released) => {
    expect(slavePolicy({ haStatuses: '5.x', inSyncReplicas }, () => at(...ackedAts)).releasedAt()).toBe(released)
  })

  const upTo = limits.HA_SLAVE_FALLBEHIND_BYTES + 1_000
  it.each([
    [[], false],
    [[-1], false],
    [[1_000], false],
    [[1_001], true],
    [[5, 1_001], true],
  ])('HA_SLAVE_FALLBEHIND_BYTES: 4.9 with slaves at %j', (ackedAts, isAvailable) => {
    const policy = slavePolicy({ haStatuses: '4.9', inSyncReplicas: 9 }, () => at(...ackedAts))
    expect(policy.refusal(upTo) === '').toBe(isAvailable)
    expect(policy.releasedAt(), 'one slave is enough').toBe(Math.max(-1, ...ackedAts))
  })
  it('a slave that has not reported counts from the start of the log', () => {
    const policy = slavePolicy({ haStatuses: '4.9', inSyncReplicas: 2 }, () => at(-1))
    expect(policy.refusal(limits.HA_SLAVE_FALLBEHIND_BYTES - 1)).toBe('')
    expect(policy.refusal(limits.HA_SLAVE_FALLBEHIND_BYTES)).not.toBe('')
  })
})

describe('the in-sync set', () => {
  const rules = {
    allAckInSyncStateSet: true,
    minInSyncReplicas: 2,
    inSyncReplicas: 2,
    haMaxTimeSlaveNotCatchupMs: 15_000,
  }
  const setOf = (replicas: ConnectedReplica[], own: Partial<typeof rules> = {}) => {
    const hand = new HandHost()
    const proposed: string[] = []
    const set = new InSyncSet(
      hand.host.clock,
      { ...rules, ...own },
      () => replicas,
      (ids) => proposed.push(ids.join()),
    )
    return { hand, set, proposed }
  }
  const slave = (brokerId: number, ackedAt: number, isAsyncLearner = false) => ({ brokerId, ackedAt, isAsyncLearner })

  it.each([
    // acked, confirmed, start of the epoch: joins
    [100, 100, 100, true],
    [99, 100, 50, false],
    [99, 50, 100, false],
    [101, 100, 100, true],
  ])('a slave at %i, confirmed %i, epoch from %i', (ackedAt, confirmOffset, epochStart, joins) => {
    const { set, proposed } = setOf([])
    set.begin(1, [1])
    set.reported(slave(2, ackedAt), 200, confirmOffset, epochStart)
    expect(proposed).toEqual(joins ? ['1,2'] : [])
    set.reported(slave(3, 500, true), 200, 0, 0)
    expect(proposed, 'an async learner never joins').toHaveLength(joins ? 1 : 0)
  })

  it.each([
    [true, 99, ['1,3']],
    [true, 100, []],
    [false, 99, []],
  ])('allAckInSyncStateSet=%s: a member at %i of 100 confirmed bytes', (allAckInSyncStateSet, ackedAt, expected) => {
    const { set, proposed } = setOf([], { allAckInSyncStateSet })
    set.begin(1, [1, 2, 3])
    set.reported(slave(2, ackedAt), 200, 100, 0)
    expect(proposed).toEqual(expected)
  })

  it('haMaxTimeSlaveNotCatchupMs: a member leaves when it has lacked bytes for longer, and not before', () => {
    const replica = { ...slave(2, 100) }
    const { hand, set, proposed } = setOf([replica])
    set.begin(1, [1, 2])
    hand.pass(3_000)
    set.check(100)
    hand.pass(15_000)
    set.check(101)
    expect(proposed).toEqual([])
    hand.pass(1)
    set.check(101)
    expect(proposed).toEqual(['1'])
    set.check(101)
    expect(proposed, 'one proposal is open').toHaveLength(1)
  })

  it('a member that has reported the end stays for that time from its report on', () => {
    const { hand, set, proposed } = setOf([slave(2, 99)])
    set.begin(1, [1, 2])
    hand.pass(10_000)
    set.reported(slave(2, 100), 100, 50, 0)
    hand.pass(15_000)
    set.check(100)
    expect(proposed).toEqual([])
    hand.pass(1)
    set.check(100)
    expect(proposed).toEqual(['1'])
  })

  it.each([
    [[1], -1, true],
    [[1, 2], 80, false],
    [[1, 2, 3], 70, false],
    [[1, 2, 4], -1, false],
  ])('the members %j release and are enough', (members, released, isTooSmall) => {
    const { set } = setOf([slave(2, 80), slave(3, 70)])
    set.begin(1, members)
    expect([set.releasedAt(), set.isTooSmall]).toEqual([released, isTooSmall])
  })

  it.each([
    [1, Number.MAX_SAFE_INTEGER],
    [2, 80],
    [3, 70],
    [4, -1],
  ])('without allAckInSyncStateSet, inSyncReplicas=%i', (inSyncReplicas, released) => {
    const { set } = setOf([slave(3, 70), slave(2, 80)], { allAckInSyncStateSet: false, inSyncReplicas })
    set.begin(1, [1, 2, 3])
    expect(set.releasedAt()).toBe(released)
  })
})

describe('a request that waits until the log is confirmed', () => {
  const waits = () => {
    const hand = new HandHost()
    const told: string[] = []
    const wait = new ConfirmWaits(hand.host.clock)
    const add = (position: number) => wait.wait(position, (is) => told.push(`${hand.nowMs} ${position} ${is}`))
    return { hand, wait, add, told }
  }
  it('is answered at its byte, or after its time', () => {
    const { hand, wait, add, told } = waits()
    wait.confirmed(100)
    add(100)
    expect(told).toEqual(['0 100 true'])
    add(101)
    add(102)
    wait.confirmed(100)
    expect(told).toHaveLength(1)
    wait.confirmed(101)
    expect(told).toEqual(['0 100 true', '0 101 true'])
    hand.pass(CONFIRM_WITHIN_MS - 1)
    expect(told).toHaveLength(2)
    hand.pass(1)
    expect(told[2]).toBe('2500 102 false')
    wait.giveUp()
    wait.confirmed(500)
    expect(told).toHaveLength(3)
  })
  it('CONFIRM_WAITS_MAX: so many wait, the next is answered at once; all are given up together', () => {
    const { wait, add, told } = waits()
    for (let i = 1; i <= CONFIRM_WAITS_MAX; i++) add(i)
    expect(told).toEqual([])
    add(5_000)
    expect(told).toEqual(['0 5000 false'])
    wait.giveUp()
    expect(told).toHaveLength(CONFIRM_WAITS_MAX + 1)
  })
})

describe('epochs', () => {
  const entries = (...starts: readonly (readonly [number, number])[]) =>
    starts.map(([epoch, startOffset]) => ({ epoch, startOffset }))
  const file = () => {
    const machine = new SimHost()
    const { disk } = machine.start()
    return { machine, disk, file: new EpochFile(disk, 'store/epochs') }
  }
  const text = (of: EpochFile) => of.entries.map(({ epoch, startOffset }) => `${epoch}-${startOffset}`).join(' ')

  it('begin, end and are cut at the byte', () => {
    const { machine, disk, file: epochs } = file()
    for (const entry of entries([1, 0], [2, 100], [3, 100])) epochs.append(entry, () => {})
    expect(text(epochs), 'an epoch without bytes stays').toBe('1-0 2-100 3-100')
    epochs.append({ epoch: 4, startOffset: 99 }, () => {})
    expect(text(epochs)).toBe('1-0 4-99')
    epochs.append({ epoch: 5, startOffset: 200 }, () => {})
    epochs.append({ epoch: 5, startOffset: 300 }, () => {})
    expect(text(epochs), 'the same epoch begins once').toBe('1-0 4-99 5-300')
    epochs.cutAfter(300, () => {})
    expect(text(epochs)).toBe('1-0 4-99 5-300')
    epochs.cutAfter(299, () => {})
    expect(text(epochs)).toBe('1-0 4-99')
    epochs.cutBefore(98)
    expect(text(epochs)).toBe('1-0 4-99')
    epochs.cutBefore(99)
    expect(text(epochs)).toBe('4-99')
    epochs.adopt(entries([1, 0], [2, 50], [3, 51]), 50, () => {})
    expect(text(epochs)).toBe('1-0 2-50')
    machine.pass(1_000)
    for (const [logEndsAt, kept] of [
      [50, '1-0 2-50'],
      [49, '1-0'],
    ] as const) {
      const again = new EpochFile(disk, 'store/epochs')
      again.load(logEndsAt)
      expect(text(again)).toBe(kept)
    }
    let isDurable = false
    epochs.cutAfter(-1, () => {
      isDurable = true
    })
    machine.pass(1_000)
    expect([isDurable, disk.sizeBytes('store/epochs'), epochs.lastEpoch]).toEqual([true, -1, -1])
  })

  it('EPOCHS_MAX: so many are kept, and the oldest goes', () => {
    const { file: epochs } = file()
    for (let i = 1; i <= limits.EPOCHS_MAX; i++) epochs.append({ epoch: i, startOffset: i }, () => {})
    expect(epochs.entries[0]!.epoch).toBe(1)
    epochs.append({ epoch: 5_000, startOffset: 5_000 }, () => {})
    expect([epochs.entries.length, epochs.entries[0]!.epoch]).toEqual([limits.EPOCHS_MAX, 2])
    const many = entries(...Array.from({ length: limits.EPOCHS_MAX + 1 }, (_, i) => [i, i] as const))
    epochs.adopt(many, 5_000, () => {})
    expect([epochs.entries.length, epochs.entries[0]!.epoch]).toEqual([limits.EPOCHS_MAX, 1])
  })

  it.each([
    [0, 1, 100],
    [99, 1, 100],
    [100, 2, 250],
    [249, 2, 250],
    [250, 3, Number.MAX_SAFE_INTEGER],
  ])('position %i belongs to epoch %i', (position, epoch, endsAt) => {
    const found = epochAt(entries([1, 50], [2, 100], [3, 250]), position)
    expect([found.entry?.epoch, found.endsAt]).toEqual([epoch, endsAt])
  })

  it.each([
    [[[1, 0]], 70, [[1, 0]], 80, 70],
    [[[1, 0]], 90, [[1, 0]], 80, 80],
    [
      [
        [1, 0],
        [2, 60],
      ],
      90,
      [
        [1, 0],
        [3, 50],
      ],
      80,
      50,
    ],
    [
      [
        [1, 0],
        [2, 60],
      ],
      90,
      [
        [1, 0],
        [3, 70],
      ],
      80,
      60,
    ],
    [
      [
        [1, 0],
        [2, 60],
      ],
      90,
      [
        [1, 0],
        [2, 60],
        [3, 75],
      ],
      80,
      75,
    ],
    [[[2, 0]], 90, [[1, 0]], 80, -1],
  ] as const)(
    'logs with the epochs %j up to %i and %j up to %i are equal up to %i',
    (slave, end, master, masterEnd, at) => {
      expect(consistentPoint(entries(...slave), end, entries(...master), masterEnd)).toBe(at)
    },
  )
})

describe('places and frames', () => {
  const frame = (bodyBytes: number, headBytes: number) => {
    const bytes = new Uint8Array(headBytes)
    new DataView(bytes.buffer).setInt32(headBytes === 12 ? 8 : 4, bodyBytes)
    if (headBytes === 36) bytes[3] = 2 // a transfer
    return bytes
  }
  const sentence = (run: () => unknown) => {
    try {
      run()
      return ''
    } catch (error) {
      return (error as Error).message
    }
  }
  const slavesOf = (listen: (hand: HandHost) => () => number) => (amount: number) => {
    const hand = new HandHost()
    const count = listen(hand)
    const [handler] = hand.listeners.values()
    for (let i = 1; i <= amount; i++) handler!.onConnection(i, `slave:${i}`, 'master:1')
    return count() === amount ? '' : `${amount - count()} closed: ${hand.take().at(-1)}`
  }
  amountEdges([
    {
      limit: 'HA_SLAVES_MAX',
      value: limits.HA_SLAVES_MAX,
      offer: slavesOf((hand) => {
        const master = new HaMaster(hand.host, logTo(4_000), { onSlavesChanged() {}, onFailed() {} })
        master.listen('master:1')
        return () => master.slaves.length
      }),
      refusal: /^1 closed: 0 close$/,
    },
    {
      limit: 'HA_SLAVES_MAX under a controller',
      value: limits.HA_SLAVES_MAX,
      offer: slavesOf((hand) => {
        const parts = { host: hand.host, log: logTo(4_000), epochs: EPOCHS as never, confirmOffset: () => 0 }
        const master = new AutoSwitchMaster(parts, { onReported() {}, onLeft() {} })
        master.listen('master:1')
        return () => master.replicas.length
      }),
      refusal: /^1 closed: 0 close$/,
    },
    {
      limit: 'HA_FRAME_BYTES_MAX',
      value: limits.HA_FRAME_BYTES_MAX,
      offer: (amount) => sentence(() => new TransferReader().read(frame(amount, 12))),
      refusal: /4194305 bytes; at most 4194304 are accepted/,
    },
    {
      limit: 'HA_FRAME_BYTES_MAX under a controller',
      value: limits.HA_FRAME_BYTES_MAX,
      offer: (amount) => sentence(() => new MasterFrameReader().read(frame(amount, 36))),
      refusal: /4194305 bytes; at most 4194304 are accepted/,
    },
  ])

  it('HA_LISTEN_AGAIN_MS: a port that is not free is asked for again a second later, until the master stops', () => {
    const hand = new HandHost()
    const parts = { host: hand.host, log: logTo(4_000), epochs: EPOCHS as never, confirmOffset: () => 0 }
    const master = new AutoSwitchMaster(parts, { onReported() {}, onLeft() {} })
    master.listen('master:1')
    const refuse = () => [...hand.listeners.values()].at(-1)!.onFailed('in use')
    refuse()
    hand.pass(1_000)
    expect(hand.take()).toEqual(['0 listen master:1', '1000 listen master:1'])
    refuse()
    master.stop('this broker is stopping')
    hand.pass(5_000)
    expect(hand.take().filter((line) => line.includes(' listen'))).toEqual([])
  })
})
