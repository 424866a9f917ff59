/** The keys of every figure in words, for the map under "?". */
import type { KeyCommand } from './keys.ts'

/** Key as written for people, command, words. */
export const KEY_MAP: readonly (readonly [string, KeyCommand, string])[] = [
  ['Space', 'toggle', 'play or pause'],
  ['→', 'step', 'one step on'],
  ['←', 'back', 'one step back'],
  ['Shift →', 'rawStep', 'one event on'],
  ['Shift ←', 'rawBack', 'one event back'],
  ['Page Down', 'nextMoment', 'next named moment'],
  ['Page Up', 'lastMoment', 'named moment before'],
  ['Home', 'first', 'to the beginning'],
  ['End', 'last', 'to the end'],
  ['+', 'faster', 'faster'],
  ['−', 'slower', 'slower'],
  ['F', 'fork', 'act here: what if …'],
  ['R', 'reset', 'back to the pinned run'],
  ['L', 'link', 'copy a link to this moment'],
  ['E', 'events', 'to the event list'],
  ['I', 'inspector', 'to the inspector'],
  ['?', 'keys', 'show these keys'],
  ['Esc', 'leave', 'close, then leave the figure'],
]
