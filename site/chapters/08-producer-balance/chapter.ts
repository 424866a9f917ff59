/** What the contents say of this chapter. */
import type { ChapterCard } from '#site/lib/chapter-card.ts'

export const chapter: ChapterCard = {
  part: 3,
  title: 'Choosing a queue',
  question: 'One broker of four is slow. Who notices?',
  about: 'Round robin, latency fault tolerance, retries and timeouts.',
}
