/**
 * The last touch on each page of the build, as pure functions from HTML to HTML.
 *
 * | step       | why                                                                                              |
 * | ---------- | ------------------------------------------------------------------------------------------------ |
 * | theme      | without JavaScript the page must follow the system's light or dark, not a default written in it   |
 * | tables     | what scrolls must be reachable by the keyboard                                                    |
 * | links      | authors write `/glossary/`; under a sub-path that becomes `/book/glossary/`                        |
 * | policy     | a content security policy: own origin only, inline scripts by hash                                |
 */
import { createHash } from 'node:crypto'
import { FRAME_SCRIPT } from '../../labs/runtime/page/page-frame.ts'

/** Removes the theme that the shell writes into the page; the reader's own comes from a script or the system. */
export function freeTheme(html: string): string {
  return html.replace(/(<html\b[^>]*?)\sdata-theme="(?:dark|light)"/, '$1')
}

/** A table that a chapter's author wrote scrolls sideways on a telephone, so the keyboard must reach it. */
export function focusTables(html: string): string {
  return html.replaceAll('<table>', '<table tabindex="0">')
}

/** Puts the base before every root-relative link and source that does not have it yet. */
export function rebase(html: string, base: string): string {
  if (base === '/') return html
  return html.replace(/(\s(?:href|src)=")\/(?!\/)([^"]*)"/g, (whole, start: string, path: string) =>
    `/${path}`.startsWith(base) || `/${path}/` === base ? whole : `${start}${base}${path}"`,
  )
}

/**
 * Adds the policy to the head, right after the charset, which must come within the first kilobyte.
 * @param isLab the page opens the labs' sandbox, which inherits this policy and so must be allowed by it, or a WebContainer
 */
export function addPolicy(html: string, isLab = false): string {
  const hashes = new Set<string>()
  if (isLab) hashes.add(`'sha256-${createHash('sha256').update(FRAME_SCRIPT).digest('base64')}'`)
  for (const [, attributes = '', body = ''] of html.matchAll(/<script\b([^>]*)>([\s\S]*?)<\/script>/g)) {
    if (/\ssrc=/.test(attributes) || body === '') continue
    hashes.add(`'sha256-${createHash('sha256').update(body).digest('base64')}'`)
  }
  const policy = [
    "default-src 'self'",
    `script-src 'self' 'wasm-unsafe-eval' ${isLab ? 'data: ' : ''}${[...hashes].sort().join(' ')}`.trim(),
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    `worker-src 'self' blob:${isLab ? ' data:' : ''}`,
    ...(isLab ? ["connect-src 'self' https://stackblitz.com", "frame-src 'self' https://stackblitz.com"] : []),
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  return html.replace(
    /<head\b[^>]*>(?:<meta charset="[^"]*"\/?>)?/,
    (head) => `${head}<meta http-equiv="Content-Security-Policy" content="${policy}">`,
  )
}

/** A link that leads to no file of the build: one sentence for each. `has` is asked for files such as `a/index.html`. */
export function brokenLinks(page: string, html: string, base: string, has: (file: string) => boolean): string[] {
  const faults: string[] = []
  for (const [, link = ''] of html.matchAll(/<a\b[^>]*\shref="([^"]*)"/g)) {
    if (!link.startsWith('/') || link.startsWith('//')) continue
    const path = decodeURIComponent(link.replace(/[?#].*$/, ''))
    const below = path.startsWith(base) ? path.slice(base.length) : path.slice(1)
    const file = below === '' || below.endsWith('/') ? `${below}index.html` : below
    if (!has(file)) faults.push(`${page}: the link to ${link} leads nowhere; write that page or remove the link.`)
  }
  return faults
}
