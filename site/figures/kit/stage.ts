/**
 * Joins marks to the nodes of one SVG by key, so that what stays the same is not touched.
 *
 * Not d3-selection: its join would do, and costs 4 KB of a page's script for these twenty lines.
 */
import type { Drawing, Mark, Shape } from './marks.ts'

const SVG = 'http://www.w3.org/2000/svg'

/** The groups of each stage, by key. */
const stages = new WeakMap<SVGSVGElement, Map<string, SVGGElement>>()

/** Makes the SVG show a drawing. */
export function show(svg: SVGSVGElement, { width, height, marks }: Drawing): void {
  set(svg, 'viewBox', `0 0 ${width} ${height}`)
  set(svg, 'width', width)
  set(svg, 'height', height)
  const had = stages.get(svg)
  const groups = new Map<string, SVGGElement>()
  for (const mark of marks) {
    const group = had?.get(mark.key) ?? document.createElementNS(SVG, 'g')
    drawMark(group, mark)
    groups.set(mark.key, group)
  }
  for (const [key, group] of had ?? []) if (!groups.has(key)) group.remove()
  let next = svg.firstElementChild
  for (const group of groups.values()) {
    if (group === next) next = next.nextElementSibling
    else svg.insertBefore(group, next)
  }
  stages.set(svg, groups)
}

function drawMark(group: SVGGElement, { x, y, thing, className, shapes }: Mark): void {
  set(group, 'transform', x === 0 && y === 0 ? undefined : `translate(${x},${y})`)
  set(group, 'class', className)
  set(group, 'data-thing', thing)
  const had = drawn.get(group)
  if (had !== undefined && sameShapes(had, shapes)) return
  drawn.set(group, shapes)
  for (const [i, shape] of shapes.entries()) drawShape(group, i, shape)
  while (group.childNodes.length > shapes.length) group.lastChild!.remove()
}

const drawn = new WeakMap<SVGGElement, readonly Shape[]>()

function sameShapes(a: readonly Shape[], b: readonly Shape[]): boolean {
  if (a.length !== b.length) return false
  return a.every((one, i) => one.tag === b[i]!.tag && one.text === b[i]!.text && sameAttributes(one, b[i]!))
}

function sameAttributes({ attributes: a }: Shape, { attributes: b }: Shape): boolean {
  for (const name in a) if (a[name] !== b[name]) return false
  for (const name in b) if (!(name in a)) return false
  return true
}

function drawShape(group: SVGGElement, index: number, { tag, attributes, text }: Shape): void {
  let element = group.children[index] as SVGElement | undefined
  if (element?.tagName !== tag) {
    const made = document.createElementNS(SVG, tag)
    if (element === undefined) group.append(made)
    else element.replaceWith(made)
    element = made
  }
  for (const { name } of [...element.attributes]) if (!(name in attributes)) element.removeAttribute(name)
  for (const [name, value] of Object.entries(attributes)) set(element, name, value)
  if (text !== undefined && element.textContent !== text) element.textContent = text
}

function set(element: Element, name: string, value: string | number | undefined): void {
  if (value === undefined) element.removeAttribute(name)
  else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, String(value))
}
