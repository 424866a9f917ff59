/** What the contents say of this chapter. */
import type { ChapterCard } from '#site/lib/chapter-card.ts'

export const chapter: ChapterCard = {
  part: 4,
  title: 'Rebalance',
  question: 'Who decides which queues are mine?',
  about: 'Six strategies, more consumers than queues, duplicates during the change.',
  wound: 'A third billing process joins; twelve customers are billed twice.',
}
