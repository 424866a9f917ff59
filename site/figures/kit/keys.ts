/** The keys of every figure: what each does, and its words for the map under "?". Active only while focus is inside. */

export type KeyCommand =
  | 'toggle'
  | 'step'
  | 'back'
  | 'rawStep'
  | 'rawBack'
  | 'nextMoment'
  | 'lastMoment'
  | 'first'
  | 'last'
  | 'faster'
  | 'slower'
  | 'fork'
  | 'reset'
  | 'link'
  | 'events'
  | 'inspector'
  | 'keys'
  | 'leave'

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

const PLAIN: Readonly<Record<string, KeyCommand>> = {
  ' ': 'toggle',
  ArrowRight: 'step',
  ArrowLeft: 'back',
  PageDown: 'nextMoment',
  PageUp: 'lastMoment',
  Home: 'first',
  End: 'last',
  '+': 'faster',
  '=': 'faster',
  '-': 'slower',
  '−': 'slower',
  f: 'fork',
  r: 'reset',
  l: 'link',
  e: 'events',
  i: 'inspector',
  '?': 'keys',
  Escape: 'leave',
}

/** What a key press asks for, or undefined. A field or a list of choices keeps its own keys, a button its Space. */
export function commandOf(event: KeyboardEvent): KeyCommand | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey) return undefined
  const target = event.target as HTMLElement
  const isSlider = target instanceof HTMLInputElement && target.type === 'range'
  if (event.key !== 'Escape' && !isSlider && /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName)) return undefined
  if (event.key === ' ' && /^(BUTTON|SUMMARY|A)$/.test(target.tagName)) return undefined
  if (event.shiftKey && event.key === 'ArrowRight') return 'rawStep'
  if (event.shiftKey && event.key === 'ArrowLeft') return 'rawBack'
  return PLAIN[event.key.length === 1 ? event.key.toLowerCase() : event.key]
}
