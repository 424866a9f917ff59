/** What the contents say of this chapter. */
import type { ChapterCard } from '#site/lib/chapter-card.ts'

export const chapter: ChapterCard = {
  part: 4,
  title: 'Push is pull',
  question: 'Who asks whom?',
  about: 'Pull requests, long polling, who keeps the offset, flow control in the client.',
}
