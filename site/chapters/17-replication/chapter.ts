/** What the contents say of this chapter. */
import type { ChapterCard } from '#site/lib/chapter-card.ts'

export const chapter: ChapterCard = {
  part: 6,
  title: 'Copies',
  question: 'What does a second copy buy?',
  about: 'Master and slave, asynchronous replication and double writes, four shapes of a cluster.',
  wound: 'The master’s disk dies; 31 orders with SEND_OK exist nowhere.',
}
