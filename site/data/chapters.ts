/**
 * The book's table of contents: seven parts, twenty-one chapters, each with the one question it answers.
 *
 * Slugs are links and never change. Whether a chapter is written is not said here: it is when its page exists
 * (`site/lib/written.ts`), so the contents cannot promise a page that is missing.
 */

/** One chapter. `about` names what it covers, for the contents page. */
export interface Chapter {
  readonly number: number
  readonly slug: string
  readonly title: string
  /** In the reader's words; the chapter answers it by its end. */
  readonly question: string
  readonly about: string
}

/** A part of the book. */
export interface Part {
  readonly number: number
  readonly title: string
  readonly chapters: readonly Chapter[]
}

const TITLES: readonly [part: string, chapters: readonly (readonly [string, string, string, string])[]][] = [
  [
    'The whole picture',
    [
      [
        'roles',
        'One message’s journey',
        'What happens between send() and CONSUME_SUCCESS?',
        'Topic, queue, producer, broker, NameServer, consumer, and the whole conversation between them.',
      ],
      [
        'wire',
        'What they say to each other',
        'What is in the bytes between them?',
        'The remoting frame, JSON and binary headers, opaque numbers, oneway calls, threads and the event loop.',
      ],
      [
        'nameserver',
        'How anyone finds anyone',
        'A broker dies. Who learns of it, and when?',
        'Route tables, registration, expiry, route refresh, and life without consensus.',
      ],
    ],
  ],
  [
    'Keeping messages',
    [
      [
        'commit-log',
        'The commit log',
        'Where does a message live?',
        'One append-only file for all topics, the record’s layout, the blank at the end.',
      ],
      [
        'consume-queue',
        'Finding it again',
        'How is one message found among millions?',
        'Twenty-byte entries, dispatch, index files by key and time, message ids.',
      ],
      [
        'durability',
        'What “stored” means',
        'When is a message safe?',
        'Page cache, flushing, group commit, checkpoints, recovery after a clean and an unclean stop.',
      ],
    ],
  ],
  [
    'Sending',
    [
      [
        'sending',
        'Three ways to send, four ways to succeed',
        'What does SEND_OK promise?',
        'Sync, async, oneway, batches, and what each status promises under each setting.',
      ],
      [
        'producer-balance',
        'Choosing a queue',
        'One broker of four is slow. Who notices?',
        'Round robin, latency fault tolerance, retries and timeouts.',
      ],
    ],
  ],
  [
    'Receiving',
    [
      [
        'pull-and-push',
        'Push is pull',
        'Who asks whom?',
        'Pull requests, long polling, who keeps the offset, flow control in the client.',
      ],
      [
        'groups',
        'Groups',
        'Who gets which message?',
        'Clustering and broadcasting, and the subscription that two members disagree on.',
      ],
      [
        'rebalance',
        'Rebalance',
        'How do consumers share queues without talking to each other?',
        'Six strategies, more consumers than queues, duplicates during the change.',
      ],
      [
        'filtering',
        'Filtering',
        'Who throws away what you did not ask for?',
        'Tag hashes, tag text, SQL92 and its three-valued logic.',
      ],
      [
        'retries',
        'Retries and dead letters',
        'What becomes of a message nobody can process?',
        'At least once, growing delays, the dead-letter queue, idempotent consumers.',
      ],
      ['ordering', 'Order', 'What does order cost?', 'Order within a queue, locks, suspending in place.'],
    ],
  ],
  [
    'Messages with a life of their own',
    [
      [
        'delays',
        'Delays',
        'How does a broker keep an appointment?',
        'Eighteen delay levels, and the timer wheel for any time.',
      ],
      [
        'transactions',
        'Transactions',
        'How do a database and a broker agree?',
        'Half messages, the local transaction, commit, rollback, check-back.',
      ],
    ],
  ],
  [
    'Staying up',
    [
      [
        'replication',
        'Copies',
        'What does a second copy buy?',
        'Master and slave, asynchronous replication and double writes, four shapes of a cluster.',
      ],
      [
        'failover',
        'A new master',
        'Who takes over, and who decides?',
        'Controller, epochs, the in-sync set, DLedger, a slave acting as master.',
      ],
      [
        'overload',
        'Overload',
        'What do you drop when you cannot keep up?',
        'Fast failure, four rate limiters, a circuit breaker.',
      ],
      [
        'tuning',
        'Tuning',
        'Where did the milliseconds go?',
        'Pauses, page cache, swapping: what each setting was for, and what replaced it.',
      ],
    ],
  ],
  [
    'Out of the glass',
    [
      [
        'to-production',
        'Running the real one',
        'What changes when you leave the glass?',
        'The same client against Apache RocketMQ, the official Java client against this cluster.',
      ],
    ],
  ],
]

/** The parts in reading order. */
export const PARTS: readonly Part[] = numbered()

/** All chapters in reading order. */
export const CHAPTERS: readonly Chapter[] = PARTS.flatMap((part) => part.chapters)

/** The chapter whose page has this slug, and its part; undefined for pages that are no chapter. */
export function chapterOf(slug: string): { readonly chapter: Chapter; readonly part: Part } | undefined {
  for (const part of PARTS) {
    const chapter = part.chapters.find((one) => one.slug === slug)
    if (chapter !== undefined) return { chapter, part }
  }
  return undefined
}

function numbered(): Part[] {
  let number = 0
  return TITLES.map(([title, rows], index) => ({
    number: index + 1,
    title,
    chapters: rows.map(([slug, chapterTitle, question, about]) => ({
      number: ++number,
      slug,
      title: chapterTitle,
      question,
      about,
    })),
  }))
}

/** Pages behind the chapters, in their order. */
export const APPENDICES: readonly { readonly title: string; readonly slug: string }[] = [
  { title: 'Glossary', slug: 'glossary' },
  { title: 'Requests and answers', slug: 'appendix/requests' },
  { title: 'Settings', slug: 'appendix/settings' },
]
