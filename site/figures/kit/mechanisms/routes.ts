/** Who is registered where: the route tables of NameServers, and what clients know of a topic. */
import { mechanism } from '../state.ts'

export const routes = mechanism({
  on: {
    'route.registered': (scene, { node, brokerName, address }) => {
      const it = scene.nodes[node]
      if (it !== undefined) it.routes[brokerName] = address
    },
    'route.removed': (scene, { node, brokerName }) => {
      delete scene.nodes[node]?.routes[brokerName]
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
    'route.registered': ({ node, brokerName, address, topics }) =>
      `${node} notes ${brokerName} at ${address}, with ${topics} topics.`,
    'route.fenced': ({ node, brokerName, address, fencedBy }) =>
      `${node} ignores ${address} as ${brokerName}: ${fencedBy} is the later one.`,
    'route.removed': ({ node, brokerName, reason }) => `${node} strikes ${brokerName} from its table: ${reason}.`,
    'topic.created': ({ node, topic, writeQueueNums }) =>
      `${node} makes the topic ${topic} with ${writeQueueNums} queue${writeQueueNums === 1 ? '' : 's'}.`,
    'broker.registered': ({ node, namesrv }) => `${node} is registered with ${namesrv}.`,
    'route.updated': ({ node, topic, queues }) => `${node} now knows ${topic}: ${queues} queues.`,
  },
})
