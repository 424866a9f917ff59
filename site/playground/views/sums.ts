/** What became of all messages, as counts that add up: each message that was sent is in exactly one of the first tiles. */
import { type PlayState, waitingOf } from '../run/state.ts'
import { compact, counted } from './numbers.ts'

/** One counter of the ledger. */
export interface Tile {
  readonly word: string
  /** Undefined when there is nothing to count yet. */
  readonly count: number | undefined
  readonly look: '' | 'none' | 'good' | 'warn' | 'bad'
  /** What else is to be said of the number; '' for nothing. */
  readonly note: string
}

/** So many waiting messages are marked. */
const WARN_FROM = 200

/**
 * The counters. `sent` is the sum of `under way`, `kept back`, `stored`, `not stored`, `not known` and `lost`, with what is noted at them: rolled
 * back, and gone without being missed (a group had it before, or nobody was told that it was stored). The others count what groups have
 * done with the messages that are stored.
 */
export function tilesOf(state: PlayState): readonly Tile[] {
  const { totals, spots, groups, shelves } = state
  const names = Object.keys(groups)
  const all = names.length > 1 ? ', all groups' : ''
  const waiting = names.reduce((sum, group) => sum + waitingOf(state, group), 0)
  const retried = Object.values(shelves).reduce((sum, { retry }) => sum + retry, 0)
  /** Sends that ended with an error, of messages that a broker has all the same. */
  const unsure = totals.refused - spots.refused - spots.unsure
  return [
    tile('sent', totals.asked),
    tile('under way', spots.way),
    tile('kept back', spots.kept, '', spots.undone === 0 ? '' : `and ${compact(spots.undone)} rolled back`),
    tile('stored', spots.stored, '', totals.copies <= 0 ? '' : `${compact(totals.copies)} of them twice`),
    tile('not stored', spots.refused, 'bad', unsure <= 0 ? '' : `${counted(unsure, 'other')} stored, not confirmed`),
    tile('not known', spots.unsure, 'warn', spots.unsure === 0 ? '' : 'perhaps stored'),
    tile('lost', spots.lost, 'bad', spots.gone === 0 ? '' : `and ${compact(spots.gone)} gone, not missed`),
    names.length === 0
      ? { word: 'waiting', count: undefined, look: 'none', note: 'no group yet' }
      : tile(`waiting${all}`, waiting, waiting > WARN_FROM ? 'warn' : ''),
    tile(`done${all}`, totals.done, 'good'),
    tile('tried again later', retried),
    tile('done twice', totals.again, 'bad'),
    tile('dead letters', totals.dead, 'bad'),
  ]
}

function tile(word: string, count: number, look: Tile['look'] = '', note = ''): Tile {
  return { word, count, look: count === 0 ? 'none' : look, note }
}
