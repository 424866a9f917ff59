/** Messages with a time: delay levels, the timer wheel, recalls. */
import { keep, mechanism, release } from '../state.ts'
import { timeOfDay } from '../words/say.ts'

/** The bit of an entry's `magic` that says that it takes another message back. */
const RECALLS = 4

export const delay = mechanism({
  on: {
    'message.delayed': (scene, { node, topic, key, level, dueMs }) => {
      // a broker's own notes, such as the check points of pops, wait there, too
      if (!topic.startsWith('rmq_sys_'))
        keep(scene, node, key, { why: level === 0 ? 'timer' : 'delay', untilMs: dueMs })
    },
    'message.due': (scene, { node, key }) => release(scene, node, key),
    'message.recalled': (scene, { node, key }) => release(scene, node, key),
  },
  words: {
    'timer.placed': ({ node, key, slotMs, magic }) =>
      `${node} puts ${(magic & RECALLS) === 0 ? key : 'a recall'} into the wheel's slot for ${timeOfDay(slotMs)}.`,
    'timer.rolled': ({ node, key }) => `${node} enters ${key} once more: its time lies beyond the wheel's window.`,
    'message.recalled': ({ node, key }) => `${node} drops ${key}: its producer has taken it back.`,
    'message.delayed': ({ node, key, topic, level }) =>
      level === 0
        ? `${node} keeps ${key} for ${topic} until its time.`
        : `${node} puts ${key} aside: it asks for delay level ${level} before it goes to ${topic}.`,
    'message.due': ({ node, key, topic }) => `${node}: the time of ${key} has come, it goes to ${topic}.`,
  },
})
