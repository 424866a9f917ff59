/** Each shape of the language alone, small, for the legend. What is small in the picture is made by the same functions. */

import { circle, type LegendKey, label, path, rect, type Shape } from './marks.ts'
import type { Scene } from './scene.ts'
import { flag, heldPull, message } from './shapes.ts'
import { svgOf } from './still.ts'
import type { CastMember } from './types.ts'

const SHAPES: Readonly<Record<LegendKey, () => readonly Shape[]>> = {
  namesrv: () => [path('M1 9L7 3H19L25 9L19 15H7Z', 'node namesrv glass')],
  broker: () => [
    path('M4 5L8 2H24L20 5ZM20 5L24 2V13L20 16Z', 'node broker face'),
    rect({ x: 4, y: 5, width: 16, height: 11 }, 'node broker glass'),
  ],
  slave: () => [rect({ x: 4, y: 4, width: 18, height: 12 }, 'node slave glass')],
  controller: () => [path('M13 2L22 9L13 16L4 9Z', 'node controller glass')],
  producer: () => [path('M2 3H18L25 9L18 15H2L7 9Z', 'node producer glass')],
  consumer: () => [path('M24 3H8L1 9L8 15H24L19 9Z', 'node consumer glass')],
  message: () => message(13, 9, 14, 0, 'whole'),
  request: () => [circle(13, 9, 5, 'request')],
  response: () => [circle(13, 9, 5, 'response')],
  beat: () => [circle(13, 9, 6.5, 'beat-ring'), circle(13, 9, 3, 'beat')],
  connection: () => [path('M1 9H25', 'line open')],
  broken: () => [path('M1 9H9M17 9H25', 'line broken'), circle(9, 9, 2.5, 'line-end'), circle(17, 9, 2.5, 'line-end')],
  cut: () => [path('M9 1h8v16h-8z', 'frost'), path('M9 1h8v16h-8z', 'frost-edge')],
  queue: () => [path('M1 3H25M1 15H25M1 3v12M14 3v12', 'lane'), label(4, 13.5, '0', 'small number')],
  flag: () => flag(10, 1, 16, 'flag'),
  held: () => heldPull(5, 9),
  unflushed: () => message(13, 9, 14, 0, 'hatched'),
  copied: () => [...message(13, 9, 11, 0, 'whole'), rect({ x: 5, y: 1, width: 16, height: 16 }, 'copied tag-0', 4)],
}

/** The shape as a small SVG that says nothing of its own. */
export function legendMark(key: LegendKey): string {
  return svgOf({ width: 26, height: 18, marks: [{ key, x: 0, y: 0, shapes: SHAPES[key]() }] }, '')
}

/** The shapes present in a scene, in the legend's order. */
export function legendOf(scene: Scene, cast: readonly CastMember[]): readonly LegendKey[] {
  const keys = new Set<LegendKey>(cast.map(({ role }) => role))
  const brokers = Object.values(scene.brokers)
  const queues = brokers.flatMap((broker) => Object.values(broker.queues))
  if (Object.keys(scene.messages).length > 0) keys.add('message')
  if (Object.keys(scene.connections).length > 0) keys.add('connection')
  if (Object.keys(scene.broken).length > 0) keys.add('broken')
  if (Object.values(scene.nodes).some(({ isCut }) => isCut)) keys.add('cut')
  if (brokers.some((broker) => broker.log.some((record) => !record.isFlushed))) keys.add('unflushed')
  if (brokers.some(({ copiedTo }) => copiedTo > 0)) keys.add('copied')
  if (queues.length > 0) keys.add('queue')
  if (queues.some((queue) => Object.keys(queue.committed).length > 0)) keys.add('flag')
  if (queues.some((queue) => queue.held.length > 0)) keys.add('held')
  for (const { name, type } of scene.flights)
    keys.add(name === 'HEART_BEAT' ? 'beat' : type === 'response' ? 'response' : 'request')
  return [...keys]
}
