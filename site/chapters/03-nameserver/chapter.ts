/** What the contents say of this chapter. */
import type { ChapterCard } from '#site/lib/chapter-card.ts'

export const chapter: ChapterCard = {
  part: 1,
  title: 'How anyone finds anyone',
  question: 'A broker dies. Who learns of it, and when?',
  about: 'Route tables, registration, expiry, route refresh, and life without consensus.',
}
