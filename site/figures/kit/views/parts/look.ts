/** What several views draw alike: tags, hatching, struck-through things, words that have only so much room, what is followed. */
import type { EventLog } from '../../log.ts'
import { type Box, label, type Mark, path, r, type Shape, textWidth } from '../../marks.ts'
import type { Scene } from '../../scene.ts'
import type { ViewContext } from '../../view.ts'
import { TAG_ORDER } from '../../words/labels.ts'

/** The number of each message's tag, in the order in which the tags appeared; 3 for a message without one. */
export function tagNumbers(scene: Scene): (key: string) => number {
  const order = new Map<string, number>()
  const byKey = new Map<string, number>()
  for (const { key, tag } of Object.values(scene.messages)) {
    if (!order.has(tag)) order.set(tag, order.size % TAG_ORDER)
    byKey.set(key, order.get(tag)!)
  }
  return (key) => byKey.get(key) ?? 3
}

/** Slanted lines through a box, from its lower left to its upper right, cut off at its edges. */
export function hatching({ x, y, width, height }: Box, step: number, className: string): Shape {
  let d = ''
  for (let at = step; at < width + height; at += step) {
    const [x1, y1] = at <= height ? [x, y + at] : [x + at - height, y + height]
    const [x2, y2] = at <= width ? [x + at, y] : [x + width, y + at - width]
    d += `M${r(x1)} ${r(y1)}L${r(x2)} ${r(y2)}`
  }
  return path(d === '' ? `M${r(x)} ${r(y)}` : d, className)
}

/** A stroke through what is gone. */
export function struck({ x, y, width, height }: Box, className: string): Shape {
  return path(`M${r(x)} ${r(y + height)}L${r(x + width)} ${r(y)}`, className)
}

/** A text that fits into `width` pixels: whole, its end (`order-12` → `12`), or nothing. */
export function fitting(text: string, width: number): string {
  if (textWidth(text) <= width) return text
  const tail = /-([^-]+)$/.exec(text)?.[1] ?? ''
  return tail !== '' && textWidth(tail) <= width ? tail : ''
}

/** Roughly how wide a label is, also in a stand-in face. Names of topics are often in capitals, which are wider. */
export function labelWidth(text: string, charWidth = 6.7): number {
  return text.length * charWidth * (/[A-Z]{5}/.test(text) ? 1.2 : 1)
}

/** Text cut at its end to fit into `width` pixels. In some faces the dots of a cut take the place of two letters. */
export function clipped(text: string, width: number, charWidth = 6.7): string {
  const room = Math.floor((width * text.length) / Math.max(1, labelWidth(text, charWidth)))
  return text.length <= room ? text : room < 3 ? '' : `${text.slice(0, room - 2)}…`
}

/** Says why there is nothing to see. */
export function note(text: string, width: number, height: number): Mark {
  return { key: 'note', x: 0, y: 0, shapes: [label(width / 2, height / 2, text, 'faint', 'middle')] }
}

/** Marks with the followed message lit and all others dimmed, and the selected thing marked. `keysOf`: the messages of a mark. */
export function emphasised(
  marks: readonly Mark[],
  { followed, selected }: Pick<ViewContext, 'followed' | 'selected'>,
  keysOf: (mark: Mark) => readonly string[] | undefined,
): readonly Mark[] {
  if (followed === '' && selected === '') return marks
  return marks.map((mark) => {
    const names: string[] = mark.className === undefined ? [] : [mark.className]
    const keys = followed === '' ? undefined : keysOf(mark)
    if (keys !== undefined) names.push(keys.includes(followed) ? 'followed' : 'dimmed')
    if (selected !== '' && mark.thing === selected) names.push('selected')
    return names.length === 0 ? mark : { ...mark, className: names.join(' ') }
  })
}

/** The messages of a thing: of a message itself, of a record, of a frame. Undefined for what is no message's. */
export function keysOfThing(thing: string | undefined, log: EventLog): readonly string[] | undefined {
  if (thing === undefined) return undefined
  const at = thing.indexOf(':')
  const [kind, rest] = [thing.slice(0, at), thing.slice(at + 1)]
  if (kind === 'message') return [rest]
  if (kind !== 'record' && kind !== 'frame') return undefined
  const event = log.event(Number(rest))
  return event === undefined ? [] : log.keys(event)
}
