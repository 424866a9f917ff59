/** What the other run has on the stage that this one has not: outlines, drawn behind. */
import type { Mark, Shape } from '../../marks.ts'

/** Marks that are worth an outline: what lies in logs and queues, offsets, waiting pulls, what clients have done. */
const OUTLINED = /^(record|cell|flag|held|work|done|line):/
/** Pixels that a thing may be off and still count as being there. */
const NEAR_PX = 3

/** Outlines of what is drawn of the other run and not, or elsewhere, of this one; both on the same layout. */
export function ghostMarks(own: readonly Mark[], other: readonly Mark[]): Mark[] {
  const here = new Map(own.map((mark) => [mark.key, mark]))
  return other.flatMap((mark) => {
    if (!OUTLINED.test(mark.key)) return nodeMarks(mark, here.get(mark.key))
    const same = here.get(mark.key)
    const isSame = same !== undefined && Math.abs(same.x - mark.x) + Math.abs(same.y - mark.y) < NEAR_PX
    const isLine = mark.key.startsWith('line:')
    // a connection is the same in both when both have it, whole or broken
    if (isLine ? sameLook(same, mark) : isSame) return []
    return [{ key: `ghost:${mark.key}`, x: mark.x, y: mark.y, shapes: outlines(mark.shapes) }]
  })
}

/** A node that stands otherwise in the other run: its outline, and how it is there. */
function nodeMarks(mark: Mark, here: Mark | undefined): Mark[] {
  if (!mark.key.startsWith('node:') || here === undefined) return []
  const [state, own] = [stateOf(mark), stateOf(here)]
  if (state === own) return []
  const glass = mark.shapes.find(({ attributes }) => /\bglass\b/.test(String(attributes['class'])))
  return glass === undefined ? [] : [{ key: `ghost:${mark.key}`, x: mark.x, y: mark.y, shapes: outlines([glass]) }]
}

function stateOf({ shapes }: Mark): string {
  const looks = shapes.map(({ attributes }) => String(attributes['class'])).join(' ')
  return /\b(absent|starting|running|stopped)\b/.exec(looks)?.[1] ?? ''
}

function sameLook(a: Mark | undefined, b: Mark): boolean {
  return a !== undefined && a.shapes[0]?.attributes['class'] === b.shapes[0]?.attributes['class']
}

/** The large shapes without their fill; no words. */
function outlines(shapes: readonly Shape[]): Shape[] {
  return shapes
    .filter(
      ({ tag, attributes }) => tag !== 'text' && !/glyph|hatch|sheen|shade|shine/.test(String(attributes['class'])),
    )
    .map((shape) => ({ tag: shape.tag, attributes: { ...shape.attributes, class: 'ghost' } }))
}
