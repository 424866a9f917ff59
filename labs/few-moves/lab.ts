/** Lab of chapter 11: a ring of hashes, to be built. The starter takes a hash modulo the number of members. */
import type { Lab } from '../lab.ts'
import { drawCrew } from '../members.ts'
import { alone, CODE, comes, demo, goes, likeJava, oneOwner, spread } from './checks.ts'

export const lab: Lab = {
  id: 'few-moves',
  version: '1.1.0',
  chapter: 'rebalance',
  order: 1,
  title: 'Few moves',
  story:
    'Each process of the billing keeps the prices of its queues’ customers in memory, and needs minutes to load them for a queue that is new to it. So the group uses a strategy by hashes, of which somebody said that few queues move. When a fourth process joins, nearly all of them do.',
  task: 'The file beside this text is the strategy CONSISTENT_HASH. Its comment says under which texts Java puts members and queues on the ring; the code has no ring yet. Build it: each queue has one owner, only the one who comes gets queues from others and only those of the one who goes are given away, and a Java member of the same group computes the same.',
  files: [
    {
      path: CODE,
      kind: 'module',
      replaces: 'reference/common/allocate/allocate-consistent-hash.ts',
      names: ['reference/common/message.ts', 'reference/common/digest.ts', 'reference/common/utf8.ts'],
      about: 'how queues are divided by hashes',
    },
  ],
  checks: [
    {
      id: 'alone',
      title: 'One member',
      promise: 'A member that is alone in its group has every queue.',
      points: 150,
      run: alone,
    },
    {
      id: 'one.owner',
      title: 'Three members',
      promise: 'Each queue belongs to one of the members, and all members agree to whom.',
      points: 150,
      run: oneOwner,
    },
    {
      id: 'comes',
      title: 'A fourth member comes',
      promise: 'When a member joins, a queue that changes hands goes to that member.',
      points: 200,
      run: comes,
    },
    {
      id: 'goes',
      title: 'The first member goes',
      promise: 'When a member leaves, a queue that changes hands comes from that member.',
      points: 200,
      run: goes,
    },
    {
      id: 'spread',
      title: 'Each has its part',
      promise: 'Each member has as many queues as its ten places on the ring come to.',
      points: 150,
      run: spread,
    },
    {
      id: 'like.java',
      title: 'Beside a Java member',
      promise: 'Each queue belongs to the member for whom Java computes it.',
      points: 150,
      run: likeJava,
    },
  ],
  hints: {
    alone: [
      'Count how many orders the only member was handed. Where on the circle do the missing queues lie?',
      'A circle has no end. What does your code find behind the highest place?',
    ],
    'one.owner': [
      'Take one queue and compute its owner as each of the three members does. Do they come to the same?',
      'Whose places have to be known to say that a place is the first one?',
    ],
    comes: [
      'Compare who had a queue before and after. What in your computation changed for a queue that has nothing to do with the newcomer?',
      'The number of members is one more. Where does it stand in your code?',
    ],
    goes: [
      'What does the place of a member depend on? Compute the places of one who stays, before and after.',
      'The one who leaves stands first in the list.',
    ],
    spread: [
      'Draw the places of four members on a circle. How long is the longest stretch without one, and who has all queues in it?',
      'The comment of the file says how many places a member has.',
    ],
    'like.java': [
      'Write down, for one queue, its text, its place, and the place of its owner.',
      'Which four bytes are a place, in which order, and in which direction does a queue look for one?',
    ],
  },
  wrong: {
    empty: { caughtBy: 'alone', says: /./, why: 'an empty file exports no function' },
    'no-wrap': {
      caughtBy: 'alone',
      says: /is the only member of its group, and was handed \d+ of 12/,
      why: 'a queue behind the last place belongs to nobody',
    },
    'any-place': {
      caughtBy: 'one.owner',
      says: /was handed to \S+ and to/,
      why: 'a member looks at its own places alone',
    },
    'hash-modulo': {
      caughtBy: 'comes',
      says: /between members that stayed/,
      why: 'the hash of a queue, modulo the number of members',
    },
    remembers: {
      caughtBy: 'comes',
      says: /was handed to \S+ and to|handed to nobody|between members that stayed/,
      why: 'who had a queue keeps it, as far as this process remembers',
    },
    'by-index': {
      caughtBy: 'goes',
      says: /between members that stayed/,
      why: 'places of the first, the second, the third in the list',
    },
    'one-place': {
      caughtBy: 'spread',
      says: /on the ring of the file’s comment/,
      why: 'each member stands on the ring once',
    },
    'nine-places': {
      caughtBy: 'like.java',
      says: /a Java member/,
      why: 'the places are counted from 0, and one is left out',
    },
    'place-before': {
      caughtBy: 'like.java',
      says: /a Java member/,
      why: 'the place before a queue, not the one after it',
    },
    rendezvous: {
      caughtBy: 'like.java',
      says: /a Java member/,
      why: 'another good strategy: few moves, and not the ring that the others compute',
    },
  },
  accepted: ['shortest-way', 'binary-search', 'signed-places'],
  variant: drawCrew,
  demo,
}
