/**
 * Messages on their way. A hop takes two milliseconds, which nobody sees, so each is drawn longer than it takes: it leaves when it is
 * sent and is seen travelling for half a second of the page's time. Where more fly than an eye can follow, every second, fourth … is
 * drawn, and always the same ones.
 */
import { numberOf } from '../run/messages.ts'
import type { TapeItem } from '../run/tape.ts'
import { placeOf, type StageLayout } from './layout.ts'
import { onWayIn, onWayOut } from './ways.ts'

/** How long a message is seen travelling, in ms of the page at speed 1; a mark of its end stays as long. */
export const TRAVEL_MS = 520
/** At high speeds, a message travels for at most so much virtual time. */
const TRAVEL_MS_MAX = 9_000
/** Messages drawn at once. */
export const DOTS_MAX = 220

export interface Dot {
  readonly x: number
  readonly y: number
  readonly tag: number
  readonly key: string
  /** `way`: it travels; the others are marks of an end, which grow and fade. */
  readonly look: 'way' | 'done' | 'failed' | 'dead' | 'refused'
  /** From 0 to 1: how far, or how faded. */
  readonly share: number
}

/** How much virtual time a message travels at a speed. */
export function travelMs(speed: number): number {
  return Math.min(TRAVEL_MS_MAX, TRAVEL_MS * speed)
}

/** How far back items are needed: a message may travel to its queue, then to its member, and leave a mark there. */
export function lookBackMs(speed: number): number {
  return 3 * travelMs(speed)
}

/** The dots at a moment. `items` are those of the last `lookBackMs`. */
export function dotsAt(layout: StageLayout, items: readonly TapeItem[], atMs: number, speed: number): Dot[] {
  const lengthMs = travelMs(speed)
  const flying = items.filter(isDrawn)
  let every = 1
  while (flying.length / every > 3 * DOTS_MAX) every *= 2
  const dots: Dot[] = []
  /** When what is drawn of a message ends: the next part of its way begins not before. */
  const ends = new Map<string, number>()
  for (const item of flying) {
    const key = 'key' in item ? item.key : ''
    if (every > 1 && numberOf(key) % every !== 0) continue
    const who = item.k === 'taken' || item.k === 'done' ? `${key} ${item.member}` : key
    const fromMs = Math.max(item.atMs, ends.get(who) ?? ends.get(key) ?? 0)
    ends.set(item.k === 'stored' ? key : who, fromMs + (item.k === 'done' ? 0 : lengthMs))
    const share = (atMs - fromMs) / lengthMs
    if (share < 0 || share > 1) continue
    const dot = dotOf(layout, item, share)
    if (dot !== undefined && dots.length < DOTS_MAX) dots.push(dot)
  }
  return dots
}

/** How many messages are drawn on their way into each queue. */
export function arrivingAt(items: readonly TapeItem[], atMs: number, speed: number): Record<string, number> {
  const arriving: Record<string, number> = {}
  const sinceMs = atMs - travelMs(speed)
  for (const item of items)
    if (item.k === 'stored' && !item.isLate && item.atMs > sinceMs)
      arriving[item.queue] = (arriving[item.queue] ?? 0) + 1
  return arriving
}

function isDrawn(item: TapeItem): boolean {
  if (item.k === 'stored') return !item.isLate
  return item.k === 'taken' || item.k === 'done' || item.k === 'dead' || (item.k === 'told' && item.how === 'failed')
}

function dotOf(layout: StageLayout, item: TapeItem, share: number): Dot | undefined {
  switch (item.k) {
    case 'stored': {
      const at = onWayIn(layout, item.from, item.queue, ease(share))
      return at === undefined ? undefined : { ...at, tag: item.tag, key: item.key, look: 'way', share }
    }
    case 'taken': {
      const at = onWayOut(layout, item.queue === '' ? item.broker : item.queue, item.member, ease(share))
      return at === undefined ? undefined : { ...at, tag: item.tag, key: item.key, look: 'way', share }
    }
    case 'done': {
      const at = placeOf(layout, item.member)
      return at === undefined ? undefined : { ...at, tag: 0, key: item.key, look: item.isOk ? 'done' : 'failed', share }
    }
    case 'dead': {
      const at = placeOf(layout, item.broker, 'out')
      return at === undefined ? undefined : { ...at, tag: 0, key: item.key, look: 'dead', share }
    }
    case 'told': {
      const at = placeOf(layout, item.from)
      return at === undefined ? undefined : { ...at, tag: 0, key: item.key, look: 'refused', share }
    }
    default:
      return undefined
  }
}

/** Travels evenly, but for a soft start. */
function ease(share: number): number {
  return share < 0.2 ? share * share * 2.5 + share * 0.5 : 0.2 + (share - 0.2)
}
