/**
 * Lab of chapter 5: messages found by their key, and keys that have the same hash. The starter believes that what the index offers is
 * what was asked for.
 */
import type { Lab } from '../lab.ts'
import { byUniqueId, CODE, demo, severalKeys, severalOfOne, twinsNewer, twinTopics, variant } from './checks.ts'

export const lab: Lab = {
  id: 'twin-keys',
  version: '1.1.0',
  chapter: 'consume-queue',
  title: 'Twin keys',
  story:
    'The support looks up orders by their keys. Most are found at once. For a few customers the tool prints nothing, although the order is stored, acknowledged and billed, and although the same question with a larger -m finds it. Nobody sees what these customers have in common.',
  task: 'The file beside this text answers a query by key: the index offers candidates, the newest first, and your function says which of them are meant. Repair it. A query for at most n messages is answered with the newest n that have this key in this topic, whatever else the index offers.',
  files: [
    {
      path: CODE,
      kind: 'module',
      replaces: 'reference/store/key-lookup.ts',
      names: [
        'reference/store/index-service.ts',
        'reference/store/message-lookup.ts',
        'reference/common/message.ts',
        'reference/common/message-codec.ts',
      ],
      about: 'which of the index’s candidates are meant',
    },
  ],
  checks: [
    {
      id: 'twins.newer',
      title: 'Newer messages do not hide an older one',
      promise: 'A message is found by its key, however many newer messages of other keys the index offers before it.',
      points: 200,
      run: twinsNewer,
    },
    {
      id: 'several.of.one',
      title: 'All messages of a key',
      promise: 'Of the messages with a key, as many are answered as were asked for, the newest ones.',
      points: 200,
      run: severalOfOne,
    },
    {
      id: 'several.keys',
      title: 'A message with two keys',
      promise: 'Each key of a message finds it, and nothing less than a whole key does.',
      points: 200,
      run: severalKeys,
    },
    {
      id: 'twin.topics',
      title: 'A key belongs to its topic',
      promise: 'A query in one topic is answered with messages of this topic.',
      points: 200,
      run: twinTopics,
    },
    {
      id: 'by.unique.id',
      title: 'The id of the client',
      promise: 'A message is found by the id that its client has given it.',
      points: 200,
      run: byUniqueId,
    },
  ],
  hints: {
    'twins.newer': [
      'Count: how many messages did the broker answer with, and how many did the tool print?',
      'What do the key that was asked for and the other key have in common? The names beside the editor have a function that shows it.',
    ],
    'several.of.one': [
      'Follow the candidates one by one, newest first. What does your function answer for each, and what happens then?',
      'Three answers are possible for a candidate. Which of them ends the search?',
    ],
    'several.keys': [
      'Print the property KEYS of the message that is missing, or of the one that came instead.',
      'The index has an item for each key of a message. Something in the store takes the property apart for that.',
    ],
    'twin.topics': ['What is hashed: the key alone? Look for the text from which the index makes its hash.'],
    'by.unique.id': [
      'Where does a record hold the id of its client? It is a property of the message, and it is indexed, too.',
    ],
  },
  wrong: {
    empty: { caughtBy: 'twins.newer', says: /./, why: 'an empty file exports no function' },
    'equal-hash': {
      caughtBy: 'twins.newer',
      says: /the broker left out 1 of 1: \d newer messages have the key/,
      why: 'an equal hash is taken for an equal key',
    },
    'stops-at-twin': {
      caughtBy: 'twins.newer',
      says: /the broker left out/,
      why: 'the search ends at the first candidate with another key',
    },
    'only-the-newest': {
      caughtBy: 'several.of.one',
      says: /the broker left out/,
      why: 'a key is taken for something that one message has',
    },
    'whole-text': {
      caughtBy: 'several.keys',
      says: /the broker left out/,
      why: 'the property with all keys is compared as one key',
    },
    substring: {
      caughtBy: 'several.keys',
      says: /the broker left out/,
      why: 'a part of a key is taken for the key',
    },
    'topic-ignored': {
      caughtBy: 'twin.topics',
      says: /the broker left out/,
      why: 'the key is compared, and the topic is not',
    },
    'keys-alone': {
      caughtBy: 'by.unique.id',
      says: /is not found by the id that its client gave it/,
      why: 'the client’s id is not compared',
    },
    'counted-twice': {
      caughtBy: 'several.keys',
      says: /the newest message names it twice/,
      why: 'a message that names the key twice counts as two',
    },
    'twins-by-name': {
      caughtBy: 'twins.newer',
      says: /newer messages have the key/,
      why: 'only the pair of the example counts as twins',
    },
  },
  accepted: ['decode-once', 'filter-after', 'own-comparison'],
  variant,
  demo,
}
