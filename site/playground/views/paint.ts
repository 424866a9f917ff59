/** Paints the messages that travel on a canvas over the stage: hundreds of elements would take longer than a frame of the screen. */
import type { Dot } from './dots.ts'

interface Look {
  readonly tags: readonly string[]
  readonly good: string
  readonly bad: string
  readonly paper: string
  readonly focus: string
}

const SIZE = 9
const looks = new WeakMap<HTMLCanvasElement, { readonly theme: string; readonly look: Look }>()

/** Paints dots in the coordinates of the stage, which is `width` × `height`. */
export function paintDots(
  canvas: HTMLCanvasElement,
  dots: readonly Dot[],
  width: number,
  height: number,
  followed: string,
): void {
  const ratio = globalThis.devicePixelRatio || 1
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)]
  if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h]
  const brush = canvas.getContext('2d')
  if (brush === null) return
  brush.setTransform(ratio, 0, 0, ratio, 0, 0)
  brush.clearRect(0, 0, width, height)
  const look = lookOf(canvas)
  for (const dot of dots) {
    brush.globalAlpha = followed !== '' && dot.key !== followed ? 0.22 : 1
    if (dot.look === 'way') square(brush, dot, look, dot.key === followed)
    else ring(brush, dot, look)
  }
  brush.globalAlpha = 1
}

/** A message: a square with the glyph of its tag. */
function square(brush: CanvasRenderingContext2D, { x, y, tag }: Dot, look: Look, isFollowed: boolean): void {
  const half = SIZE / 2
  brush.fillStyle = look.tags[tag]!
  brush.strokeStyle = isFollowed ? look.focus : look.paper
  brush.lineWidth = isFollowed ? 3 : 1.25
  brush.beginPath()
  brush.roundRect(x - half, y - half, SIZE, SIZE, 2)
  brush.fill()
  brush.stroke()
  brush.fillStyle = look.paper
  brush.beginPath()
  if (tag === 0) brush.arc(x, y, 1.9, 0, 2 * Math.PI)
  else if (tag === 1) corners(brush, [x, y - 2.2, x + 2.2, y + 1.8, x - 2.2, y + 1.8])
  else if (tag === 2) corners(brush, [x, y - 2.6, x + 2.6, y, x, y + 2.6, x - 2.6, y])
  else brush.rect(x - 2.4, y - 1, 4.8, 2)
  brush.fill()
}

function corners(brush: CanvasRenderingContext2D, points: readonly number[]): void {
  for (let i = 0; i < points.length; i += 2) brush.lineTo(points[i]!, points[i + 1]!)
}

/** The end of a message: a ring that grows and fades; a cross for a bad one. */
function ring(brush: CanvasRenderingContext2D, { x, y, look: kind, share }: Dot, look: Look): void {
  brush.globalAlpha *= 1 - share
  brush.strokeStyle = kind === 'done' ? look.good : look.bad
  brush.lineWidth = 1.75
  brush.beginPath()
  if (kind === 'done') brush.arc(x, y, 3 + share * 8, 0, 2 * Math.PI)
  else {
    const arm = 4 + share * 4
    brush.moveTo(x - arm, y - arm)
    brush.lineTo(x + arm, y + arm)
    brush.moveTo(x + arm, y - arm)
    brush.lineTo(x - arm, y + arm)
  }
  brush.stroke()
}

/** Made at the first picture and kept: asked for in every frame, it would be made in every frame. */
let dark: MediaQueryList | undefined

function lookOf(canvas: HTMLCanvasElement): Look {
  dark ??= matchMedia('(prefers-color-scheme: dark)')
  const theme = `${document.documentElement.dataset['theme'] ?? ''} ${dark.matches}`
  const known = looks.get(canvas)
  if (known?.theme === theme) return known.look
  // colours of the theme are functions of light and dark: an element's own colour is the value that they come to
  const probe = document.createElement('span')
  canvas.after(probe)
  const colour = (name: string) => {
    probe.style.color = `var(${name})`
    return getComputedStyle(probe).color
  }
  const look = {
    tags: ['a', 'b', 'c', 'd'].map((tag) => colour(`--gmq-tag-${tag}`)),
    ...{
      good: colour('--gmq-good'),
      bad: colour('--gmq-bad'),
      paper: colour('--gmq-table'),
      focus: colour('--gmq-focus'),
    },
  }
  probe.remove()
  looks.set(canvas, { theme, look })
  return look
}
