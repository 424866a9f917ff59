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
  for (const mark of marks) {
    const [shape] = mark.shapes
    if (shape === undefined) continue
    brush.globalAlpha = mark.className?.includes('dimmed') ? 0.18 : 1
    if (shape.tag === 'rect') {
      brush.fillStyle = look.tags[Number(/tag-(\d)/.exec(String(shape.attributes['class']))?.[1] ?? 3)]!
      brush.fillRect(mark.x - 4, mark.y - 4, 8, 8)
    } else {
      brush.fillStyle = shape.attributes['class'] === 'response' ? look.table : look.message
      brush.strokeStyle = look.message
      brush.beginPath()
      brush.arc(mark.x, mark.y, 3, 0, 2 * Math.PI)
      brush.fill()
      brush.stroke()
    }
  }
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
