/** What the contents say of this chapter. */
import type { ChapterCard } from '#site/lib/chapter-card.ts'

export const chapter: ChapterCard = {
  part: 7,
  title: 'Running the real one',
  question: 'What changes when you leave the glass?',
  about: 'The same client against Apache RocketMQ, the official Java client against this cluster.',
}
