/**
 * Paints a crowd of frames on a canvas over the picture: moving a thousand elements of an SVG takes longer than a frame of the
 * screen. Fetched when a picture has a crowd for the first time.
 */
import type { Mark } from './marks.ts'

/** Colours and sizes of a crowd, read once from the figure's style. */
interface Look {
  readonly tags: readonly string[]
  readonly message: string
  readonly table: string
}

/** Paints a crowd in the coordinates of its drawing, which is `width` × `height`. */
export function paintCrowd(canvas: HTMLCanvasElement, marks: readonly Mark[], width: number, height: number): void {
  const ratio = globalThis.devicePixelRatio || 1
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)]
  if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h]
  const brush = canvas.getContext('2d')!
  brush.setTransform(ratio, 0, 0, ratio, 0, 0)
  brush.clearRect(0, 0, width, height)
  const look = lookOf(canvas)
  for (const { isDimmed, isSquare, name, path } of pathsOf(marks)) {
    brush.globalAlpha = isDimmed ? 0.18 : 1
    brush.fillStyle = isSquare ? look.tags[Number(/tag-(\d)/.exec(name)?.[1] ?? 3)]! : look.message
    if (name === 'response') brush.fillStyle = look.table
    brush.fill(path)
    if (isSquare) continue
    brush.strokeStyle = look.message
    brush.stroke(path)
  }
}

interface Alike {
  readonly isDimmed: boolean
  readonly isSquare: boolean
  /** Class of the shape. */
  readonly name: string
  readonly path: Path2D
}

/** One path for all marks that look alike: a thousand strokes of the brush take as long as a frame, a handful do not. */
function pathsOf(marks: readonly Mark[]): Iterable<Alike> {
  const paths = new Map<string, Alike>()
  for (const { x, y, shapes, className } of marks) {
    const [shape] = shapes
    if (shape === undefined) continue
    const isDimmed = className?.includes('dimmed') === true
    const isSquare = shape.tag === 'rect'
    const name = String(shape.attributes['class'])
    const key = `${isDimmed} ${name}`
    const alike = paths.get(key) ?? { isDimmed, isSquare, name, path: new Path2D() }
    paths.set(key, alike)
    if (isSquare) {
      alike.path.rect(x - 4, y - 4, 8, 8)
    } else {
      alike.path.moveTo(x + 3, y)
      alike.path.arc(x, y, 3, 0, 2 * Math.PI)
    }
  }
  return paths.values()
}

/** The mark nearest to a point, not further than a finger is wide. */
export function nearest(marks: readonly Mark[], x: number, y: number): Mark | undefined {
  let [found, best] = [undefined as Mark | undefined, 14]
  for (const mark of marks) {
    const away = Math.hypot(mark.x - x, mark.y - y)
    if (away < best) [found, best] = [mark, away]
  }
  return found
}

const looks = new WeakMap<HTMLCanvasElement, { readonly theme: string; readonly look: Look }>()

function lookOf(canvas: HTMLCanvasElement): Look {
  const theme = document.documentElement.dataset['theme'] ?? ''
  const known = looks.get(canvas)
  if (known?.theme === theme) return known.look
  const style = getComputedStyle(canvas)
  const colour = (name: string) => style.getPropertyValue(name).trim()
  const look = {
    tags: ['a', 'b', 'c', 'd'].map((tag) => colour(`--gmq-tag-${tag}`)),
    message: colour('--gmq-message'),
    table: colour('--gmq-table'),
  }
  looks.set(canvas, { theme, look })
  return look
}
