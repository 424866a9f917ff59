/** What a group gives back: it is delivered again, ever later, and then lies among the dead letters. */
import { keep, mechanism } from '../state.ts'
import { ordinal } from '../words/say.ts'

export const retry = mechanism({
  on: {
    'message.retried': (scene, { key, reconsumeTimes }) => {
      const message = scene.messages[key]
      if (message !== undefined) message.retries = reconsumeTimes
    },
    'message.dead': (scene, { node, key, group }) => keep(scene, node, key, { why: 'dead', note: group }),
  },
  words: {
    'message.retried': ({ node, group, key, reconsumeTimes }) =>
      `${node} takes ${key} back from ${group}, for the ${ordinal(reconsumeTimes)} time.`,
    'message.dead': ({ node, group, key, reconsumeTimes }) =>
      `${node} lays ${key} among the dead letters of ${group}, after ${reconsumeTimes} failed deliver${reconsumeTimes === 1 ? 'y' : 'ies'}.`,
  },
})
