/**
 * The tables of a NameServer under everything brokers and operators can do: processes that come, leave, fall silent, come back
 * at another address or as master, say farewell late, and lose an old connection after they have a new one.
 */

import { RandomStream } from '../../../../reference/host/sim/random.ts'
import { RouteInfoManager } from '../../../../reference/namesrv/route-info-manager.ts'
import type { Channel } from '../../../../reference/remoting/channel.ts'
import type { Campaign, SeedResult } from '../campaign.ts'
import { pick } from '../mechanism/faults.ts'
import { shrink } from '../shrink.ts'
import { demand, Violation } from '../violation.ts'
import { type Registration, RouteModel } from './route-model.ts'

const OPS = 60
const NAMES = ['broker-a', 'broker-b', 'broker-c'] as const
const ADDRS = ['10.0.0.1:10911', '10.0.0.2:10911', '10.0.0.3:10911', '10.0.0.4:10911'] as const
const TOPICS = ['Orders', 'Bills', 'Stock', 'Mail'] as const
const CHANNELS = Array.from({ length: 5 }, (_, i) => ({ id: i }) as unknown as Channel)

type Op =
  | { readonly op: 'register'; readonly sent: Registration }
  | { readonly op: 'touch' | 'leave'; readonly name: string; readonly addr: string }
  | { readonly op: 'close'; readonly channel: number }
  | { readonly op: 'pass'; readonly ms: number }
  | { readonly op: 'delete'; readonly topic: string; readonly cluster: string }
  | { readonly op: 'permit'; readonly name: string; readonly mayWrite: boolean }

function drawOps(seed: number): readonly Op[] {
  const chance = new RandomStream(seed, 'soak: routes')
  // some runs have controllers, some have brokers of 4.9, some have acting masters
  const [hasEpochs, hasOld, hasActing] = [chance.int(2) === 0, chance.int(3) === 0, chance.int(2) === 0]
  return Array.from({ length: OPS }, () => drawOp(chance, { hasEpochs, hasOld, hasActing }))
}

function drawOp(chance: RandomStream, kinds: Readonly<Record<'hasEpochs' | 'hasOld' | 'hasActing', boolean>>): Op {
  const name = pick(chance, NAMES.slice(0, 1 + chance.int(NAMES.length)))
  const addr = pick(chance, ADDRS)
  const draw = chance.int(100)
  if (draw < 12) return { op: 'leave', name, addr }
  if (draw < 22) return { op: 'close', channel: chance.int(CHANNELS.length) }
  if (draw < 30) return { op: 'touch', name, addr }
  if (draw < 40) return { op: 'pass', ms: pick(chance, [1_000, 10_000, 60_000, 119_000]) }
  if (draw < 44) return { op: 'delete', topic: pick(chance, TOPICS), cluster: pick(chance, ['', 'east', 'west']) }
  if (draw < 48) return { op: 'permit', name, mayWrite: chance.int(2) === 0 }
  const count = chance.int(6) === 0 ? 1 : 2 + chance.int(TOPICS.length - 1)
  const isOld = kinds.hasOld && chance.int(2) === 0
  const sent: Registration = {
    clusterName: pick(chance, ['east', 'east', 'east', 'west']),
    brokerName: name,
    brokerId: chance.int(3),
    brokerAddr: addr,
    channel: CHANNELS[chance.int(CHANNELS.length)]!,
    heartbeatTimeoutMs: pick(chance, [0, 0, 10_000]),
    enableActingMaster: isOld ? undefined : kinds.hasActing,
    stateVersion: kinds.hasEpochs ? chance.int(3) : 0,
    counter: chance.int(3),
    topics: new Map(
      TOPICS.slice(chance.int(TOPICS.length))
        .slice(0, count)
        .map((topic) => [topic, 1 + chance.int(3)]),
    ),
  }
  return { op: 'register', sent }
}

function runOps(ops: readonly Op[]): Violation | undefined {
  const routes = new RouteInfoManager()
  const model = new RouteModel()
  let nowMs = 1_000_000
  try {
    for (const op of ops) {
      if (op.op === 'pass') nowMs += op.ms
      else apply(op, routes, model, nowMs)
      compare(routes, model, nowMs, inWords(op))
    }
  } catch (error) {
    return error instanceof Violation ? error : new Violation('throws', `${error}`)
  }
  return undefined
}

function apply(op: Exclude<Op, { op: 'pass' }>, routes: RouteInfoManager, model: RouteModel, nowMs: number): void {
  if (op.op === 'register') return register(op.sent, routes, model, nowMs)
  if (op.op === 'close') {
    const channel = CHANNELS[op.channel]!
    for (const broker of routes.brokersOf(channel)) routes.unregisterBroker(broker)
    return model.close(channel)
  }
  if (op.op === 'delete') {
    routes.deleteTopic(op.topic, op.cluster)
    return model.deleteTopic(op.topic, op.cluster)
  }
  if (op.op === 'permit') {
    routes.changePerm(op.name, (perm) => (op.mayWrite ? perm | 2 : perm & ~2))
    return model.allowWrites(op.name, op.mayWrite)
  }
  const who = { clusterName: 'east', brokerName: op.name, brokerId: 0, brokerAddr: op.addr }
  if (op.op === 'leave') {
    routes.unregisterBroker(who)
    return model.leave(op.name, op.addr)
  }
  const isKnown = routes.touch(who, nowMs) !== undefined
  demand(model.touch(op.name, op.addr, nowMs) === isKnown, 'routes', () => `${op.name}: known is ${isKnown}`)
}

function register(sent: Registration, routes: RouteInfoManager, model: RouteModel, nowMs: number): void {
  const { channel, heartbeatTimeoutMs, enableActingMaster, stateVersion, counter } = sent
  const topicConfigTable = new Map(
    [...sent.topics].map(
      ([topicName, queues]) =>
        [topicName, { topicName, readQueueNums: queues, writeQueueNums: queues, perm: 6, topicSysFlag: 0 }] as const,
    ),
  )
  const body = { dataVersion: { counter, stateVersion, timestamp: 0 }, topicConfigTable } as never
  const refusal = routes.refusalOf(sent, body, enableActingMaster)
  const from = { channel, haServerAddr: `${sent.brokerAddr}-ha`, heartbeatTimeoutMs, enableActingMaster }
  const result = refusal === undefined ? routes.registerBroker(sent, from, body, nowMs) : undefined
  const expected = model.register(sent, nowMs)
  const told = result === undefined ? undefined : (result.fencedBy ?? '')
  demand(told === expected, 'routes', () => `${sent.brokerName} was told ${told}, not ${expected}`)
  if (result === undefined || told !== '' || sent.brokerId === 0) return
  const master =
    /\b0=([^,]+)/.exec(model.lines().find((line) => line.startsWith(`${sent.brokerName} `)) ?? '')?.[1] ?? ''
  const ha = master === '' ? '' : `${master}-ha`
  const answer = `${result.masterAddr} ${result.haServerAddr}`
  demand(answer === `${master} ${ha}`, 'routes', () => `a slave of ${sent.brokerName} is told of "${answer}"`)
}

function compare(routes: RouteInfoManager, model: RouteModel, nowMs: number, after: string): void {
  const addrs = (all: ReadonlyMap<string, string>) => [...all].map(([id, addr]) => `${id}=${addr}`).join()
  const { brokerAddrTable, clusterAddrTable } = routes.clusterInfo()
  const lines: string[] = []
  for (const [name, { cluster, brokerAddrs, enableActingMaster }] of brokerAddrTable) {
    lines.push(`${name} ${cluster} ${enableActingMaster}: ${addrs(brokerAddrs)}`)
    demand(clusterAddrTable.get(cluster)?.includes(name) === true, 'routes', () => `${name} is not in ${cluster}`)
    demand(addrs(routes.memberGroup(name)) === addrs(brokerAddrs), 'routes', () => `${name} has other members`)
  }
  for (const topic of routes.allTopics()) {
    const route = routes.pickupTopicRouteData(topic)
    for (const { brokerName, readQueueNums, perm } of route?.queueDatas ?? []) {
      const all = route?.brokerDatas.find((broker) => broker.brokerName === brokerName)?.brokerAddrs ?? new Map()
      lines.push(`${topic} at ${brokerName}: ${readQueueNums} queues, ${perm}, of ${addrs(all)}`)
    }
  }
  const [told, expected] = [lines.sort().join('\n'), model.lines().join('\n')]
  demand(told === expected, 'routes', () => `after ${after} it tells\n${told}\nand not\n${expected}`)
  const names = (all: readonly { brokerName: string; brokerAddr: string }[]) =>
    all
      .map(({ brokerName, brokerAddr }) => `${brokerName} ${brokerAddr}`)
      .sort()
      .join()
  for (const channel of CHANNELS)
    demand(
      names(routes.brokersOf(channel)) === names(model.over(channel)),
      'routes',
      () => `after ${after}: connections`,
    )
  const [silent, mute] = [names(routes.expiredBrokers(nowMs)), names(model.expired(nowMs))]
  demand(silent === mute, 'routes', () => `after ${after} it takes ${silent} for gone, not ${mute}`)
}

function inWords(op: Op): string {
  if (op.op === 'pass') return `${op.ms} ms`
  if (op.op === 'close') return `connection ${op.channel} closes`
  if (op.op === 'delete') return `${op.topic} is deleted in ${op.cluster || 'all clusters'}`
  if (op.op === 'permit') return `${op.name} may ${op.mayWrite ? '' : 'not '}be written`
  if (op.op !== 'register') return `${op.op} ${op.name} ${op.addr}`
  const { brokerName, brokerId, brokerAddr, stateVersion, counter, topics } = op.sent
  return `${brokerName} ${brokerId} at ${brokerAddr} registers ${[...topics.keys()]}, version ${stateVersion}.${counter}`
}

/** The campaign. */
export function routesCampaign(): Campaign {
  return {
    name: 'routes',
    about:
      'the tables of a NameServer against a plain model: registrations, farewells, connections, silence, operators',
    run: (seed): SeedResult => ({ violation: runOps(drawOps(seed)), virtualMs: 0, counts: { operations: OPS } }),
    minimise(seed, { invariant }) {
      const ops = shrink(drawOps(seed), (shorter) => runOps(shorter)?.invariant === invariant)
      return [...ops.map(inWords), `     ${runOps(ops)?.message ?? ''}`]
    },
  }
}
