/** The titles of the book's parts, in reading order. A chapter names its part by number, from 1. */
export const PART_TITLES: readonly string[] = [
  'The whole picture',
  'Keeping messages',
  'Sending',
  'Receiving',
  'Messages with a life of their own',
  'Staying up',
  'Out of the glass',
]
