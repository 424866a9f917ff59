/** The rooms of the book that every page leads to: in the bar of a desk, behind a button on a telephone. */
import { withBase } from '../lib/url.ts'

export const SITE_LINKS: readonly { readonly title: string; readonly url: string }[] = [
  { title: 'Contents', url: `${withBase('/')}#contents` },
  { title: 'Labs', url: withBase('/labs/') },
  { title: 'Playground', url: withBase('/playground/') },
  { title: 'Glossary', url: withBase('/glossary/') },
]
