/** The keys of every figure: what each does; their words stand in `key-words.ts`. Active only while focus is inside. */

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
