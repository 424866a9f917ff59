/** What the contents say of this chapter. */
import type { ChapterCard } from '#site/lib/chapter-card.ts'

export const chapter: ChapterCard = {
  part: 6,
  title: 'A new master',
  question: 'Who takes over, and who decides?',
  about: 'Controller, epochs, the in-sync set, DLedger, a slave acting as master.',
  wound: 'The old master returns: two orders at one offset.',
}
