/**
 * The shapes of the book's one visual language: NameServer hexagon, broker glass box, client chevrons, message squares.
 *
 * Each is drawn around its own place; colours are classes. Shape and label come first, colour second.
 */
import { type Box, circle, path, polygon, r, rect, type Shape } from './marks.ts'

/** How far the glass stands out to the back. */
export const DEPTH = 9

/** A glass box seen a little from above and from the left: front, top, right side, and the shine on its edge. */
export function glassBox({ x, y, width, height }: Box, className: string): Shape[] {
  const [right, bottom, d] = [x + width, y + height, DEPTH]
  const slant = Math.min(height, width) * 0.55
  const streak = (from: number, to: number) =>
    polygon(
      [
        x + width * from,
        y + 1,
        x + width * to,
        y + 1,
        x + width * to - slant,
        bottom - 1,
        x + width * from - slant,
        bottom - 1,
      ],
      'sheen',
    )
  return [
    polygon(
      [
        x - 3,
        bottom + 1,
        right,
        bottom + 1,
        right + d + 4,
        bottom - d,
        right + d + 4,
        bottom + 2,
        right + 4,
        bottom + 9,
        x + 5,
        bottom + 9,
      ],
      'shade',
    ),
    polygon([x, y, x + d, y - d, right + d, y - d, right, y], `${className} face top`),
    polygon([right, y, right + d, y - d, right + d, bottom - d, right, bottom], `${className} face side`),
    rect({ x, y, width, height }, `${className} glass`, 2),
    streak(0.6, 0.74),
    streak(0.77, 0.8),
    path(`M${r(x + 2)} ${r(bottom - 2)}V${r(y + 2)}H${r(right - 2)}`, 'shine'),
  ]
}

/** A long hexagon, its points left and right, with a lower edge of glass. */
export function hexagon({ x, y, width, height }: Box, className: string): Shape[] {
  const point = 34
  const corners = (down: number) => [
    x, y + height / 2 + down,
    x + point, y + down,
    x + width - point, y + down,
    x + width, y + height / 2 + down,
    x + width - point, y + height + down,
    x + point, y + height + down,
  ] // biome-ignore format: pairs of coordinates
  return [
    polygon(
      [
        x,
        y + height / 2,
        x + point,
        y + height,
        x + width - point,
        y + height,
        x + width,
        y + height / 2,
        x + width,
        y + height / 2 + 6,
        x + width - point,
        y + height + 6,
        x + point,
        y + height + 6,
        x,
        y + height / 2 + 6,
      ],
      `${className} face side`,
    ),
    polygon(corners(0), `${className} glass`),
    path(
      `M${r(x + 4)} ${r(y + height / 2)}L${r(x + point + 1.5)} ${r(y + 2.5)}H${r(x + width - point - 1.5)}`,
      'shine',
    ),
  ]
}

/** A chevron with room for a name; it points the way its messages go. */
export function chevron({ x, y, width, height }: Box, points: 'right' | 'left', className: string): Shape[] {
  const tip = 26
  const at = (share: number) => (points === 'right' ? x + share : x + width - share)
  const middle = y + height / 2
  return [
    polygon(
      [
        at(0),
        y + height,
        at(tip * 0.62),
        middle,
        at(tip * 0.62),
        middle + 6,
        at(0),
        y + height + 6,
        at(width - tip),
        y + height + 6,
        at(width),
        middle + 6,
        at(width),
        middle,
        at(width - tip),
        y + height,
      ],
      `${className} face side`,
    ),
    polygon(
      [
        at(0),
        y,
        at(width - tip),
        y,
        at(width),
        middle,
        at(width - tip),
        y + height,
        at(0),
        y + height,
        at(tip * 0.62),
        middle,
      ],
      `${className} glass`,
    ),
    path(`M${r(at(3))} ${r(y + 2)}H${r(at(width - tip - 1))}`, 'shine'),
  ]
}

/** A message: a square, its tag as hue and glyph. `look`: whole; hollow when it has been read; hatched when unflushed. */
export function message(
  x: number,
  y: number,
  size: number,
  tag: number,
  look: 'whole' | 'hollow' | 'hatched',
): Shape[] {
  const hue = `tag-${tag % 4}`
  const shapes = [rect({ x: x - size / 2, y: y - size / 2, width: size, height: size }, `message ${look} ${hue}`, 3)]
  if (look === 'hatched') {
    const [l, t, e] = [x - size / 2, y - size / 2, size]
    shapes.push(
      path(
        `M${r(l + 1)} ${r(t + e * 0.45)}L${r(l + e * 0.45)} ${r(t + 1)}M${r(l + 1)} ${r(t + e - 1)}L${r(l + e - 1)} ${r(t + 1)}M${r(l + e * 0.55)} ${r(t + e - 1)}L${r(l + e - 1)} ${r(t + e * 0.55)}`,
        `hatch ${hue}`,
      ),
    )
  }
  shapes.push(glyph(x, y, size * 0.23, tag % 4, `glyph ${look} ${hue}`))
  return shapes
}

/** Circle, triangle, diamond, bar: the tag without its colour. */
export function glyph(x: number, y: number, s: number, tag: number, className: string): Shape {
  if (tag === 0) return circle(x, y, s, className)
  if (tag === 1) return polygon([x, y - s * 1.15, x + s * 1.15, y + s * 0.9, x - s * 1.15, y + s * 0.9], className)
  if (tag === 2) return polygon([x, y - s * 1.3, x + s * 1.3, y, x, y + s * 1.3, x - s * 1.3, y], className)
  return rect({ x: x - s * 1.2, y: y - s * 0.5, width: s * 2.4, height: s }, className)
}

/** The flag of a committed offset: it stands before the next message to be read. */
export function flag(x: number, top: number, height: number, className: string): Shape[] {
  return [
    path(`M${r(x)} ${r(top)}V${r(top + height)}`, `${className} pole`),
    path(`M${r(x)} ${r(top)}L${r(x + 12)} ${r(top + 4.5)}L${r(x)} ${r(top + 9)}Z`, `${className} cloth`),
  ]
}

/** A pull that waits at the open end of a queue: a small consumer chevron. */
export function heldPull(x: number, y: number): Shape[] {
  return [polygon([x + 15, y - 7, x + 5, y - 7, x, y, x + 5, y + 7, x + 15, y + 7, x + 11, y], 'held')]
}

/** A wall of frosted glass all round. */
export function frost({ x, y, width, height }: Box): Shape[] {
  const ring = (inset: number) =>
    `M${r(x + inset)} ${r(y + inset)}H${r(x + width - inset)}V${r(y + height - inset)}H${r(x + inset)}Z`
  return [path(ring(0) + ring(16), 'frost'), path(ring(0), 'frost-edge'), path(ring(16), 'frost-edge')]
}
