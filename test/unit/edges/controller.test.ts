/** A controller at the edges of its limits. */
import { describe, expect, it } from 'vitest'
import { SETTINGS_BODY_BYTES_MAX } from '../../../reference/common/limits.ts'
import { Settings } from '../../../reference/common/properties-file.ts'
import { encodeUtf8 } from '../../../reference/common/utf8.ts'
import { controllerConfig, updateConfig } from '../../../reference/controller/controller-config.ts'
import { HeartbeatManager } from '../../../reference/controller/heartbeat-manager.ts'
import * as limits from '../../../reference/controller/limits.ts'
import { Journal, journalText } from '../../../reference/controller/raft/journal.ts'
import * as raftLimits from '../../../reference/controller/raft/limits.ts'
import { parsePeers } from '../../../reference/controller/raft/peers.ts'
import { raftHandlers } from '../../../reference/controller/raft/raft-requests.ts'
import { Replication } from '../../../reference/controller/raft/replication.ts'
import { ReplicasInfoManager } from '../../../reference/controller/replicas-info-manager.ts'
import { makeRequest } from '../../../reference/remoting/remoting-command.ts'
import { installSnapshot, requestVote } from '../../../reference/remoting/requests/raft.ts'
import { HandHost } from '../../support/hand-host.ts'
import { amountEdges, sentenceOf, timeEdges } from './edge.ts'

const heartbeats = (more: object) => (ms: number) => {
  const hand = new HandHost()
  const gone: string[] = []
  const channel = { close: () => gone.push('closed') }
  const manager = new HeartbeatManager(hand.host, (name) => gone.push(name))
  manager.onHeartbeat({ brokerName: 'b', brokerId: 1, ...more }, channel as never)
  hand.pass(ms)
  const isAlive = manager.alive('b', 1) !== undefined
  manager.scan()
  expect(gone).toEqual(isAlive ? [] : ['b', 'closed'])
  return !isAlive
}

timeEdges([
  { limit: 'BROKER_EXPIRY_MS', value: limits.BROKER_EXPIRY_MS + 1, hasHappened: heartbeats({}) },
  { limit: 'the time of a broker', value: 501, hasHappened: heartbeats({ heartbeatTimeoutMills: 500 }) },
  {
    limit: 'BROKER_EXPIRY_MS_MAX',
    value: limits.BROKER_EXPIRY_MS_MAX + 1,
    hasHappened: heartbeats({ heartbeatTimeoutMills: limits.BROKER_EXPIRY_MS_MAX * 2 }),
  },
])

/** Decisions over a group with these ids; `replicaCount` counts all groups. */
const decisions = (ids: readonly number[], replicaCount = ids.length) => {
  const replicas = new Map(ids.map((id) => [id, { registerCheckCode: `a;${id}` }]))
  const set = { clusterName: 'one', brokerName: 'b', replicas, nextBrokerId: ids.length + 1 }
  const state = { get: (name: string) => (name === 'b' && ids.length > 0 ? set : undefined), replicaCount }
  return new ReplicasInfoManager({ state, alive: () => undefined, isUncleanAllowed: () => false } as never)
}
const apply = (ids: readonly number[], more: object, replicaCount?: number) =>
  sentenceOf(() =>
    decisions(ids, replicaCount).applyBrokerId({
      ...{ clusterName: 'one', brokerName: 'b', appliedBrokerId: ids.length + 1, registerCheckCode: 'x;9' },
      ...more,
    }),
  )
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1)
const SELF = { group: 'g', self: 'n0', peers: ['n0', 'n1'].map((id, i) => ({ id, address: `h:${i}` })) }

/** What a controller says to a request of another one; '' when it is taken. */
function asked(code: number, extFields: Record<string, string>, body?: Uint8Array): string {
  const answer = { term: 0, voteGranted: false, success: true, index: 0 }
  const raft = {
    ...{ requestVote: () => answer, appendEntries: () => answer, installSnapshot: () => answer },
    state: { whenDurable() {} },
  }
  const handler = new Map(raftHandlers(raft as never, SELF as never)).get(code)!
  return sentenceOf(() => handler(makeRequest({ code, extFields, body }, 1, false), {} as never))
}
const vote = (more: Record<string, string | number>) =>
  asked(
    requestVote.code,
    requestVote.encode({
      ...{ group: 'g', candidateId: 'n1', term: 1, lastLogIndex: 0, lastLogTerm: 0 },
      ...more,
    } as never),
  )

amountEdges([
  {
    limit: 'REPLICAS_PER_NAME_MAX',
    value: limits.REPLICAS_PER_NAME_MAX,
    offer: (amount) => apply(upTo(amount - 1), {}),
    refusal: /at most 128 of one name/,
  },
  {
    limit: 'REPLICAS_MAX',
    value: limits.REPLICAS_MAX,
    offer: (amount) => apply([1], {}, amount - 1),
    refusal: /and 10000 of all are kept/,
  },
  {
    limit: 'BROKER_ID_MAX',
    value: limits.BROKER_ID_MAX,
    offer: (amount) => apply([1], { appliedBrokerId: amount }),
    refusal: /Fail to apply brokerId: 2147483648/,
  },
  {
    limit: 'NAME_BYTES_MAX, with its quotes',
    value: limits.NAME_BYTES_MAX - 2,
    offer: (amount) => apply([], { brokerName: 'n'.repeat(amount), appliedBrokerId: 1 }),
    refusal: /brokerName is empty or longer than 255 bytes/,
  },
  {
    limit: 'NAME_BYTES_MAX of a cluster',
    value: limits.NAME_BYTES_MAX - 2,
    offer: (amount) => apply([], { clusterName: 'n'.repeat(amount), appliedBrokerId: 1 }),
    refusal: /clusterName is empty or longer than 255 bytes/,
  },
  {
    limit: 'CHECK_CODE_BYTES_MAX',
    value: limits.CHECK_CODE_BYTES_MAX - 2,
    offer: (amount) => apply([], { registerCheckCode: 'n'.repeat(amount), appliedBrokerId: 1 }),
    refusal: /registerCheckCode is empty or longer than 320 bytes/,
  },
  {
    limit: 'PEERS_MAX',
    value: raftLimits.PEERS_MAX,
    offer: (amount) =>
      sentenceOf(() =>
        parsePeers(
          upTo(amount)
            .map((i) => `n${i}-h:${i}`)
            .join(';'),
        ),
      ),
    refusal: /names 10 controllers; at most 9 are allowed/,
  },
  {
    limit: 'NUMBER_MAX of a term',
    value: raftLimits.NUMBER_MAX,
    offer: (term) => vote({ term }),
    refusal: /not a term/,
  },
  {
    limit: 'NUMBER_MAX of an index',
    value: raftLimits.NUMBER_MAX,
    offer: (lastLogIndex) => vote({ lastLogIndex }),
    refusal: /4503599627370496 is not a term or an index/,
  },
  {
    limit: 'SNAPSHOT_CHARS_MAX',
    value: raftLimits.SNAPSHOT_CHARS_MAX,
    offer: (amount) =>
      asked(
        installSnapshot.code,
        installSnapshot.encode({ group: 'g', leaderId: 'n1', term: 1, lastIncludedIndex: 1, lastIncludedTerm: 1 }),
        new Uint8Array(amount).fill(0x78),
      ),
    refusal: /the snapshot has 12582913 characters; at most 12582912 are read/,
  },
  {
    limit: 'JOURNAL_BYTES_MAX',
    value: raftLimits.JOURNAL_BYTES_MAX,
    offer(amount) {
      const owner = { group: 'g', self: 'n0' }
      const bytes = encodeUtf8(journalText([], owner))
      const disk = { sizeBytes: () => amount, open: () => 1, read: () => bytes, close() {} }
      return sentenceOf(() => new Journal({ disk } as never, owner, () => {}).load())
    },
    refusal: /has 268435457 bytes; at most 268435456 are read/,
  },
  {
    limit: 'SETTINGS_BODY_BYTES_MAX of a controller',
    value: SETTINGS_BODY_BYTES_MAX,
    offer(amount) {
      const host = { name: 'c', network: { resolve: () => '10.0.0.1' } } as never
      const config = controllerConfig(host, new Settings(new Map(), 'test'))
      return sentenceOf(() =>
        updateConfig(host, config, encodeUtf8(`processReadEvent=true\n#${'x'.repeat(amount)}`.slice(0, amount))),
      )
    },
  },
])

it.each([
  [0, true],
  [-1, true],
])('an id of %i is none', (appliedBrokerId, isRefused) => {
  expect(apply([1], { appliedBrokerId }) !== '').toBe(isRefused)
})
it('a first replica gets the id 1, and no other; one that asks again keeps its own', () => {
  expect([apply([], { appliedBrokerId: 1 }), apply([], { appliedBrokerId: 2 }) !== '']).toEqual(['', true])
  expect(apply([1, 2], { appliedBrokerId: 2, registerCheckCode: 'a;2' })).toBe('')
  expect(apply([1, 2], { appliedBrokerId: 2, registerCheckCode: 'a;3' })).not.toBe('')
  expect(apply([1], { clusterName: 'two' })).toMatch(/belongs to the cluster one/)
})
it('a request of another group, of itself or of a stranger is refused, and so are numbers below 0', () => {
  expect(vote({})).toBe('')
  for (const more of [{ group: 'h' }, { candidateId: 'n0' }, { candidateId: 'n7' }])
    expect(vote(more)).toMatch(/is not one of the group g of n0/)
  for (const more of [{ term: -1 }, { lastLogIndex: -1 }, { lastLogTerm: -1 }])
    expect(vote(more)).toMatch(/-1 is not a term or an index/)
})

describe('a leader', () => {
  /** A leader with the entries 1 to `lastIndex` of these lengths, whose requests are kept. */
  const leader = (others: number, lengths: readonly number[] = []) => {
    const hand = new HandHost()
    const sent: { readonly entries: number; answered(answer: object | undefined): void }[] = []
    const entryAt = (index: number) =>
      index >= 1 && index <= lengths.length ? { index, term: 1, command: 'x'.repeat(lengths[index - 1]!) } : undefined
    const log = { lastIndex: 0, termAt: () => 1, entryAt }
    const replication = new Replication({
      clock: hand.host.clock,
      state: { term: 1, log } as never,
      transport: {
        appendEntries: (_: string, request: { entries: readonly unknown[] }, answered: (answer?: object) => void) =>
          sent.push({ entries: request.entries.length, answered }),
      } as never,
      self: 'n0',
      others: upTo(others).map((i) => ({ id: `n${i}`, address: `h:${i}` })),
      commitIndex: () => 0,
      sawTerm() {},
      replicated() {},
      beat() {},
    })
    log.lastIndex = lengths.length
    return { hand, sent, replication, log }
  }

  it('HEARTBEAT_MS: sends to each follower, again when the answer has come, and nothing after the stop', () => {
    const { hand, sent, replication } = leader(2)
    replication.start()
    hand.pass(raftLimits.HEARTBEAT_MS)
    expect(sent, 'both are busy').toHaveLength(2)
    sent[0]!.answered({ term: 1, success: true, index: 0 })
    hand.pass(raftLimits.HEARTBEAT_MS - 1)
    expect(sent).toHaveLength(2)
    hand.pass(1)
    expect(sent).toHaveLength(3)
    replication.stop()
    sent[1]!.answered({ term: 1, success: false, index: 0 })
    hand.pass(60_000)
    expect([sent.length, hand.timers]).toEqual([3, 0])
  })

  it.each([
    [2, 1, true],
    [3, 1, false],
    [3, 2, true],
    [4, 2, true],
    [4, 1, false],
  ])('of %i others has heard a majority with %i of them', (others, heard, expected) => {
    const { hand, sent, replication } = leader(others)
    replication.start()
    hand.pass(100)
    for (let i = 0; i < heard; i++) sent[i]!.answered({ term: 1, success: true, index: 0 })
    hand.pass(999)
    expect(replication.hasHeardMajority(1_000)).toBe(expected)
    hand.pass(1)
    expect(replication.hasHeardMajority(1_000), 'a second ago is too long').toBe(false)
  })

  it.each([
    [[5, 4, 3], 4],
    [[5, 5, 0], 5],
    [[5, 0, 0], 0],
  ])('has %j on the disks, and a majority has %i', ([own, ...others], index) => {
    const { sent, replication } = leader(2, [1, 1, 1, 1, 1])
    replication.start()
    replication.ownDurable(own!)
    replication.ownDurable(own! - 1)
    others.forEach((each, i) => {
      sent[i]!.answered({ term: 1, success: true, index: each })
    })
    expect(replication.majorityIndex()).toBe(index)
  })

  const sendsOf = (lengths: readonly number[]) => {
    const { sent, replication } = leader(1, lengths)
    replication.start()
    return sent[0]!.entries
  }
  it('APPEND_ENTRIES_MAX and APPEND_CHARS_MAX: as many entries as fit, and at least one', () => {
    expect(sendsOf(Array(raftLimits.APPEND_ENTRIES_MAX + 1).fill(1))).toBe(raftLimits.APPEND_ENTRIES_MAX)
    expect(sendsOf([raftLimits.APPEND_CHARS_MAX - 1, 1, 1])).toBe(2)
    expect(sendsOf([raftLimits.APPEND_CHARS_MAX, 1])).toBe(1)
    expect(sendsOf([raftLimits.APPEND_CHARS_MAX + 1, 1])).toBe(1)
  })
})
