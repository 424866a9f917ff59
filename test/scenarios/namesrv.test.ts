/** What operators do at a NameServer, and what clients notice of it. */
import { expect, it } from 'vitest'
import { RouteInfoManager } from '../../reference/namesrv/route-info-manager.ts'
import type { Channel } from '../../reference/remoting/channel.ts'

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
