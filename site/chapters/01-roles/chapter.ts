/** What the contents say of this chapter. */
import type { ChapterCard } from '#site/lib/chapter-card.ts'

export const chapter: ChapterCard = {
  part: 1,
  title: 'One message’s journey',
  question: 'What happens between send() and CONSUME_SUCCESS?',
  about: 'Topic, queue, producer, broker, NameServer, consumer, and the whole conversation between them.',
  wound: 'The billing is restarted in the wrong second, and a coffee is free.',
}
