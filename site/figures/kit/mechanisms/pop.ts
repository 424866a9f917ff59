/** Popping: a message is hidden from the others until it is acknowledged, or comes back. */
import { keep, mechanism, release, type Scene } from '../state.ts'
import { ordinal, queueName } from '../words/say.ts'

export const pop = mechanism({
  on: {
    'message.popped': (scene, { node, key, topic, queueId, queueOffset, visibleAtMs }) =>
      keep(scene, node, key, { why: 'popped', at: `${topic}/${queueId}/${queueOffset}`, untilMs: visibleAtMs }),
    'message.hidden': (scene, { node, topic, queueId, queueOffset, visibleAtMs }) => {
      const key = keyAt(scene, node, `${topic}/${queueId}/${queueOffset}`)
      if (key !== undefined) keep(scene, node, key, { ...scene.brokers[node]!.kept[key]!, untilMs: visibleAtMs })
    },
    'message.acked': (scene, { node, topic, queueId, queueOffset }) => {
      const key = keyAt(scene, node, `${topic}/${queueId}/${queueOffset}`)
      if (key !== undefined) release(scene, node, key)
    },
    'message.revived': (scene, { node, key }) => release(scene, node, key),
  },
  words: {
    'message.popped': ({ node, group, key, popTime, visibleAtMs }) =>
      `${node} gives ${key} to one member of ${group}; the others do not see it for ${(visibleAtMs - popTime) / 1_000} s.`,
    'message.hidden': ({ node, group, topic, queueId, queueOffset, popTime, visibleAtMs }) =>
      `${node} hides message ${queueOffset} of ${queueName(topic, queueId)} from ${group} for ${(visibleAtMs - popTime) / 1_000} s from now.`,
    'message.acked': ({ node, group, topic, queueId, queueOffset }) =>
      `${node} notes that ${group} has consumed message ${queueOffset} of ${queueName(topic, queueId)}.`,
    'message.revived': ({ node, group, key, retryTopic, reconsumeTimes }) =>
      `${node}: nobody in ${group} has acknowledged ${key} in time; it goes to ${retryTopic}, for the ${ordinal(reconsumeTimes)} time.`,
    'checkpoint.settled': ({ node, group, topic, queueId, messages, revived }) =>
      `${node} settles a pop of ${group} from ${queueName(topic, queueId)}: ${messages - revived} of ${messages} acknowledged.`,
    'pop.held': ({ node, group, topic, queueId }) =>
      `${node} has nothing for ${group} in ${queueName(topic, queueId)}, and lets the pop wait.`,
    'pop.woken': ({ node, topic, queueId, reason }) =>
      `${node} wakes a pop on ${queueName(topic, queueId)}: ${reason}.`,
  },
})

/** The key of the popped message at a place; undefined when none is hidden there. */
function keyAt(scene: Scene, node: string, at: string): string | undefined {
  return Object.entries(scene.brokers[node]?.kept ?? {}).find(([, kept]) => kept.at === at)?.[0]
}
