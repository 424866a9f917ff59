/**
 * Links that survive a sub-path: pages write paths from the book's own root.
 */

/** `/glossary/` as it must be written on this site, such as `/book/glossary/`. */
export function withBase(path: string): string {
  return `${import.meta.env.BASE_URL.replace(/\/$/, '')}${path}`
}
