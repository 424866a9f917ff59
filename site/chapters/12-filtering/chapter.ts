/** What the contents say of this chapter. */
import type { ChapterCard } from '#site/lib/chapter-card.ts'

export const chapter: ChapterCard = {
  part: 4,
  title: 'Filtering',
  question: 'Who throws away what you did not ask for?',
  about: 'Tag hashes, tag text, SQL92 and its three-valued logic.',
}
