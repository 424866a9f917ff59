/** A scene as one SVG text: for the build's stills, for print, and for the page before any script has run. */
import type { Drawing, Mark, Shape } from './marks.ts'

/** The SVG of a drawing. `title` is what a screen reader says; '' for a picture that something else describes. */
export function svgOf({ width, height, marks }: Drawing, title: string): string {
  const role = title === '' ? 'aria-hidden="true"' : `role="img" aria-label="${escapeXml(title)}"`
  return `<svg class="fig-svg" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ${role}>${marks.map(groupOf).join('')}</svg>`
}

function groupOf({ x, y, shapes, className }: Mark): string {
  const place = x === 0 && y === 0 ? '' : ` transform="translate(${x},${y})"`
  const look = className === undefined ? '' : ` class="${className}"`
  return `<g${look}${place}>${shapes.map(elementOf).join('')}</g>`
}

function elementOf({ tag, attributes, text }: Shape): string {
  const list = Object.entries(attributes).map(([name, value]) => ` ${name}="${escapeXml(String(value))}"`)
  return text === undefined ? `<${tag}${list.join('')}/>` : `<${tag}${list.join('')}>${escapeXml(text)}</${tag}>`
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (one) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[one]!)
}
