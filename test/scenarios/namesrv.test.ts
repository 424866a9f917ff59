/** What operators do at a NameServer, and what clients notice of it. */
import { expect, it } from 'vitest'
import { RouteInfoManager } from '../../reference/namesrv/route-info-manager.ts'
import type { Channel } from '../../reference/remoting/channel.ts'
import { RequestCode } from '../../reference/remoting/request-code.ts'
import { withAsker } from '../support/asker.ts'
import { SMALL_FILES } from '../support/sim.ts'

const channel = {} as Channel
const from = { channel, haServerAddr: '', heartbeatTimeoutMs: 0 }
const config = (topicName: string) => ({
  topicName,
  readQueueNums: 4,
  writeQueueNums: 4,
  perm: 6,
  topicFilterType: 'SINGLE_TAG',
  topicSysFlag: 0,
  order: false,
  attributes: new Map<string, string>(),
})

function withBrokers(): RouteInfoManager {
  const routes = new RouteInfoManager()
  for (const [brokerName, clusterName] of [
    ['broker-a', 'one'],
    ['broker-b', 'two'],
  ] as const) {
    const topics = ['Orders', `only-${brokerName}`]
    const body = {
      dataVersion: { stateVersion: 0, timestamp: 1, counter: 1 },
      topicConfigTable: new Map(topics.map((topic) => [topic, config(topic)])),
      filterServerList: [],
    }
    routes.registerBroker(
      { brokerName, clusterName, brokerAddr: `${brokerName}:10911`, brokerId: 0 },
      from,
      body as never,
      0,
    )
  }
  return routes
}

it('a broker whose write permission is wiped is still read, and gets it back', () => {
  const routes = withBrokers()
  const perms = () => routes.pickupTopicRouteData('Orders')!.queueDatas.map((data) => [data.brokerName, data.perm])
  expect(routes.changePerm('broker-a', (perm) => perm & ~2)).toBe(2)
  expect(perms()).toEqual([
    ['broker-a', 4],
    ['broker-b', 6],
  ])
  expect(routes.changePerm('broker-a', () => 6)).toBe(2)
  expect(perms()).toEqual([
    ['broker-a', 6],
    ['broker-b', 6],
  ])
  expect(routes.changePerm('nobody', () => 0)).toBe(0)
})

it('the topics of a cluster are those of its brokers', () => {
  expect(withBrokers().topicsOfCluster('one')).toEqual(['Orders', 'only-broker-a'])
  expect(withBrokers().topicsOfCluster('three')).toEqual([])
})

it('a topic put there by hand is routed to known brokers only', () => {
  const routes = withBrokers()
  const data = (brokerName: string) => ({ brokerName, readQueueNums: 1, writeQueueNums: 1, perm: 6, topicSysFlag: 0 })
  routes.registerTopic('ByHand', [data('broker-b'), data('stranger')])
  expect(routes.pickupTopicRouteData('ByHand')!.queueDatas.map((each) => each.brokerName)).toEqual(['broker-b'])
})

it('texts that change while the file is written are written next, once, and outlive the NameServer', () =>
  withAsker(async (cluster, ask) => {
    await cluster.start({ name: 'namesrv', program: 'namesrv', args: ['listenPort=9876'] })
    const to = 'namesrv:9876'
    const put = (key: string, value: string) =>
      ask({ to, code: RequestCode.PUT_KV_CONFIG, fields: { namespace: 'n', key, value } })
    const get = async (key: string) =>
      (await ask({ to, code: RequestCode.GET_KV_CONFIG, fields: { namespace: 'n', key } })).fields['value']
    const written = () =>
      cluster.events.filter((event) => event.kind === 'disk.renamed' && event.to === 'kvConfig.json').length
    await Promise.all([put('a', '1'), put('b', '2'), put('c', '3'), put('a', '4')])
    await cluster.sleep(10_000)
    expect(written()).toBe(2)
    await put('d', '5')
    await cluster.sleep(10_000)
    expect(written()).toBe(3)
    await cluster.powerCut('namesrv')
    await cluster.restart('namesrv')
    await get('a').catch(() => '') // the connection from before
    expect([await get('a'), await get('b'), await get('c'), await get('d')]).toEqual(['4', '2', '3', '5'])
  }, true))

it('a deleted topic goes from the brokers of the named cluster, or from all', () => {
  const routes = withBrokers()
  routes.deleteTopic('Orders', 'one')
  expect(routes.pickupTopicRouteData('Orders')!.queueDatas.map((each) => each.brokerName)).toEqual(['broker-b'])
  routes.deleteTopic('Orders', '')
  expect(routes.pickupTopicRouteData('Orders')).toBeUndefined()
})

it('a broker that registers again under another cluster is one broker: what it was before expires with nobody', () => {
  const routes = withBrokers()
  const moved = { brokerName: 'broker-a', clusterName: 'two', brokerAddr: 'broker-a:10911', brokerId: 0 }
  const body = {
    dataVersion: { stateVersion: 0, timestamp: 1, counter: 2 },
    topicConfigTable: new Map([['Orders', config('Orders')]]),
    filterServerList: [],
  }
  routes.registerBroker(moved, from, body as never, 100_000)
  const expired = routes.expiredBrokers(130_000)
  expect(expired.map(({ brokerName }) => brokerName)).toEqual(['broker-b'])
  for (const who of expired) routes.unregisterBroker(who)
  expect(routes.pickupTopicRouteData('Orders')!.brokerDatas.map((data) => data.brokerName)).toEqual(['broker-a'])
})

it('two brokers that registered one address are forgotten both when both fall silent', () => {
  const routes = withBrokers()
  const twin = { brokerName: 'broker-c', clusterName: 'one', brokerAddr: 'broker-a:10911', brokerId: 0 }
  const body = {
    dataVersion: { stateVersion: 0, timestamp: 1, counter: 1 },
    topicConfigTable: new Map([['Orders', config('Orders')]]),
    filterServerList: [],
  }
  routes.registerBroker(twin, from, body as never, 0)
  for (const who of routes.expiredBrokers(130_000)) routes.unregisterBroker(who)
  expect(routes.pickupTopicRouteData('Orders')).toBeUndefined()
  expect([...routes.clusterInfo().brokerAddrTable.keys()]).toEqual([])
})

it('topics are found by their unit flags', () => {
  const routes = withBrokers()
  const flagged = { brokerName: 'broker-a', readQueueNums: 1, writeQueueNums: 1, perm: 6, topicSysFlag: 3 }
  routes.registerTopic('Unit', [flagged])
  expect(routes.topicsByFlag((flag) => (flag & 1) !== 0)).toEqual(['Unit'])
  expect(routes.topicsByFlag((flag) => flag === 2)).toEqual([])
})

it('two name servers know the same, each for itself: one may die, and come back knowing nothing', () =>
  withAsker(async (cluster, ask) => {
    const names = ['namesrv-1', 'namesrv-2']
    for (const name of names) await cluster.start({ name, program: 'namesrv', args: ['listenPort=9876'] })
    const namesrvAddr = `namesrvAddr=${names.map((name) => `${name}:9876`).join(';')}`
    const broker = [namesrvAddr, 'listenPort=10911', ...SMALL_FILES]
    await cluster.start({ name: 'broker-a', program: 'broker', args: broker })
    await cluster.start({ name: 'shop', program: 'producer', args: [namesrvAddr] })
    const send = async (key: string) =>
      (await cluster.produce('shop', { topic: 'BenchmarkTest', key, body: 'x' })).status
    const knows = async (name: string, topic = 'BenchmarkTest') =>
      (await ask({ to: `${name}:9876`, code: RequestCode.GET_ROUTEINFO_BY_TOPIC, fields: { topic } })).code === 0

    expect([await knows('namesrv-1'), await knows('namesrv-2'), await send('k1')]).toEqual([true, true, 'SEND_OK'])
    const made = { topic: 'Made', readQueueNums: 1, writeQueueNums: 1, perm: 6 }
    await ask({ code: RequestCode.UPDATE_AND_CREATE_TOPIC, fields: made })
    expect([await knows('namesrv-1', 'Made'), await knows('namesrv-2', 'Made')]).toEqual([true, true])
    const fields = { topic: 'Made', clusterName: 'DefaultCluster' }
    await ask({ to: 'namesrv-1:9876', code: RequestCode.DELETE_TOPIC_IN_NAMESRV, fields })
    expect([await knows('namesrv-1', 'Made'), await knows('namesrv-2', 'Made')]).toEqual([false, true])

    for (const name of names) {
      await cluster.kill(name)
      expect(await send(`while ${name} is away`)).toBe('SEND_OK')
      await cluster.restart(name)
      expect(await knows(name)).toBe(false)
      await cluster.sleep(31_000)
      expect(await knows(name)).toBe(true)
    }
  }))

it.each([
  ['an hour forward', 3_600_000],
  ['an hour back', -3_600_000],
])('a clock that is set %s drops no broker that registers, and keeps none that is silent', async (_, skewMs) => {
  await withAsker(async (cluster, ask) => {
    await cluster.start({ name: 'namesrv', program: 'namesrv', args: ['listenPort=9876'] })
    for (const name of ['broker-a', 'broker-b'])
      await cluster.start({
        name,
        program: 'broker',
        args: ['namesrvAddr=namesrv:9876', 'listenPort=10911', ...SMALL_FILES],
      })
    const names = async () => {
      const { body } = await ask({ code: RequestCode.GET_BROKER_CLUSTER_INFO, to: 'namesrv:9876' })
      return Object.keys(JSON.parse(body).brokerAddrTable).toSorted()
    }
    await cluster.inject({ kind: 'clock', node: 'namesrv', skewMs })
    await cluster.sleep(6_000) // one search
    expect(await names()).toEqual(['broker-a', 'broker-b'])
    await cluster.inject({ kind: 'pause', node: 'broker-b' })
    await cluster.sleep(100_000)
    expect(await names(), 'not before two minutes').toEqual(['broker-a', 'broker-b'])
    await cluster.sleep(26_000)
    expect(await names()).toEqual(['broker-a'])
  })
})
