/**
 * Which chapters exist: a chapter is written when its page does. Nothing else says so, so nothing else can be wrong.
 */
import { existsSync } from 'node:fs'

const FOLDER = 'site/content/docs/chapters'

/** Whether the chapter with this slug has a page. */
export function isWritten(slug: string): boolean {
  return existsSync(`${FOLDER}/${slug}.mdx`)
}
