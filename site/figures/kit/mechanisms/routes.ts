/** Who is registered where: the route tables of NameServers, and what clients know of a topic. */
import { mechanism } from '../state.ts'

/** What a table calls a broker: a slave has the name of its master, and a row of its own. */
export const routeName = (brokerName: string, brokerId: number) =>
  brokerId === 0 ? brokerName : `${brokerName} #${brokerId}`

export const routes = mechanism({
  on: {
    'route.registered': (scene, { node, brokerName, brokerId, address }) => {
      const it = scene.nodes[node]
      if (it !== undefined) it.routes[routeName(brokerName, brokerId)] = address
      // a slave that was started again as a master, or the other way round
      const broker = scene.nodes[address.replace(/:\d+$/, '')]
      if (broker?.role === 'broker' || broker?.role === 'slave') broker.role = brokerId === 0 ? 'broker' : 'slave'
    },
    'route.removed': (scene, { node, brokerName, brokerId }) => {
      delete scene.nodes[node]?.routes[routeName(brokerName, brokerId)]
    },
    'route.updated': (scene, { node, brokers }) => {
      const it = scene.nodes[node]
      if (it === undefined) return
      const pairs = brokers.split(' ').map((pair) => pair.split('='))
      it.routes = Object.fromEntries(
        pairs.filter(([name = '']) => name !== '').map(([name, address = '']) => [name, address]),
      )
    },
  },
  words: {
    'route.registered': ({ node, brokerName, brokerId, address, topics }) =>
      `${node} notes ${brokerId === 0 ? brokerName : `a slave of ${brokerName}`} at ${address}, with ${topics} topics.`,
    'route.fenced': ({ node, brokerName, address, fencedBy }) =>
      `${node} ignores ${address} as ${brokerName}: ${fencedBy} is the later one.`,
    'route.removed': ({ node, brokerName, brokerId, reason }) =>
      `${node} strikes ${brokerId === 0 ? brokerName : `the slave of ${brokerName}`} from its table: ${reason}.`,
    'topic.created': ({ node, topic, writeQueueNums }) =>
      `${node} makes the topic ${topic} with ${writeQueueNums} queue${writeQueueNums === 1 ? '' : 's'}.`,
    'broker.registered': ({ node, namesrv }) => `${node} is registered with ${namesrv}.`,
    'route.updated': ({ node, topic, queues }) => `${node} now knows ${topic}: ${queues} queues.`,
  },
})
