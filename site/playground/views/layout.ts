/**
 * Where everybody stands: producers at the left, brokers with their queues in the middle, groups at the right; on a phone from the
 * top down. The way of a message is the way of the eye.
 */
import type { Box, Point } from '../../figures/kit/marks.ts'
import { type Member, nodesOf } from '../experiment/experiment.ts'
import { masterOf, type PlayState } from '../run/state.ts'

export interface Lane extends Box {
  readonly queue: string
}

export interface BrokerPlace {
  readonly name: string
  /** The node in the box, whose queues these are: the master. */
  readonly node: string
  readonly box: Box
  readonly lanes: readonly Lane[]
  readonly slaves: readonly { readonly name: string; readonly box: Box }[]
  /** The line of what it keeps back. */
  readonly shelf: Point
}

export interface GroupPlace {
  readonly name: string
  readonly tray: Box
  readonly members: readonly { readonly name: string; readonly box: Box }[]
}

export interface StageLayout {
  readonly width: number
  readonly height: number
  /** From the top down, for a narrow page. */
  readonly isTall: boolean
  readonly namesrvs: readonly { readonly name: string; readonly box: Box }[]
  readonly controllers: readonly { readonly name: string; readonly box: Box }[]
  readonly producers: readonly { readonly name: string; readonly box: Box }[]
  readonly brokers: readonly BrokerPlace[]
  readonly groups: readonly GroupPlace[]
  /** What the three columns are called, and where. */
  readonly captions: readonly { readonly at: Point; readonly words: string; readonly isMiddle: boolean }[]
}

/** Pages narrower than this are drawn from the top down. */
export const TALL_BELOW = 640

/** Width of the strip at each side of a tall picture, in which messages pass. */
export const GUTTER = 14

const HEAD = 26
/** Room for the name of a queue, with the number of its messages when they do not fit. */
const QUEUE_NAME = 72
const FOOT = 24
const GAP = 20
/** Of a wide picture: above the brokers, below them, and for each slave. */
const TOP = 100
const BELOW = 18
const SLAVE = 30
/** Lanes of queues are as high as there is room, between these. */
const LANE_MIN = 8
const LANE_MAX = 18
/** Lanes that are not higher than this have the narrow gap between them. */
const LOW_LANE = 10
const [NARROW_GAP, WIDE_GAP] = [2, 4] as const
/** All lanes of a large cast take so much together. */
const LANES_MAX = 400

/**
 * The layout of a cast in a page of a width; it takes the height that it needs. `room` is the height that can be seen at once, in
 * pixels: a wide picture that is higher has lower lanes for its queues, down to `LANE_MIN`.
 */
export function layoutOf(cast: readonly Member[], state: PlayState, width: number, room = Infinity): StageLayout {
  return width < TALL_BELOW ? tallLayout(cast, state, width) : wideLayout(cast, state, width, room)
}

/** Where things of a layout are, by name: `billing-1`, and of a queue `in broker-a/0` and `out broker-a/0`. */
const places = new WeakMap<StageLayout, ReadonlyMap<string, Point>>()

/** The middle of a node's edge that messages cross, or of a queue's lane where they come in (`in`) or go out. */
export function placeOf(layout: StageLayout, thing: string, side: 'in' | 'out' | '' = ''): Point | undefined {
  let known = places.get(layout)
  if (known === undefined) {
    known = new Map(placesOf(layout))
    places.set(layout, known)
  }
  return known.get(`${side} ${thing}`.trim())
}

function* placesOf({
  isTall,
  brokers,
  producers,
  groups,
  namesrvs,
  controllers,
}: StageLayout): Iterable<[string, Point]> {
  for (const { lanes, slaves, name, node, box } of brokers) {
    yield [node, middle(box)]
    yield [`out ${name}`, { x: box.x + box.width, y: box.y + HEAD / 2 }]
    for (const slave of slaves) yield [slave.name, middle(slave.box)]
    for (const { queue, x, y, width, height } of lanes) {
      // at the edge of its broker: the name of the queue stands between
      yield [`in ${queue}`, { x: box.x, y: y + height / 2 }]
      yield [`out ${queue}`, { x: x + width, y: y + height / 2 }]
    }
  }
  for (const { name, box } of [...namesrvs, ...controllers]) yield [name, middle(box)]
  for (const { name, box } of producers)
    yield [
      name,
      isTall ? { x: box.x + box.width / 2, y: box.y + box.height } : { x: box.x + box.width, y: middle(box).y },
    ]
  for (const { name, box } of groups.flatMap(({ members }) => members))
    yield [name, isTall ? { x: box.x + 8, y: box.y } : { x: box.x, y: middle(box).y }]
}

function middle({ x, y, width, height }: Box): Point {
  return { x: x + width / 2, y: y + height / 2 }
}

function queuesOf(member: Member, state: PlayState): readonly string[] {
  const known = Object.values(state.queues).filter(({ broker }) => broker === member.name).length
  const count = Math.max(known, Number(member.values['queues']))
  return Array.from({ length: Math.min(16, count) }, (_, i) => `${member.name}/${i}`)
}

function ofKind(cast: readonly Member[], kind: Member['kind']): readonly Member[] {
  return cast.filter((one) => one.kind === kind)
}

function controllerNodes(cast: readonly Member[]): readonly { readonly name: string }[] {
  return ofKind(cast, 'controller')
    .flatMap(nodesOf)
    .map((name) => ({ name }))
}

function aboveWords(cast: readonly Member[]): string {
  const has = ofKind(cast, 'controller').length > 0
  return `NameServers know who is where${has ? ', controllers elect masters' : ''}`
}

function wideLayout(cast: readonly Member[], state: PlayState, width: number, room: number): StageLayout {
  const brokerWidth = Math.round(Math.min(380, width * 0.36))
  const brokerX = Math.round((width - brokerWidth) / 2) - 6
  const sideWidth = Math.round(Math.min(190, width * 0.21))
  const top = TOP
  const brokersOf = ofKind(cast, 'broker')
  const lanesCount = brokersOf.reduce((sum, one) => sum + queuesOf(one, state).length, 0)
  const around = brokersOf.reduce((sum, one) => sum + HEAD + FOOT + GAP + (nodesOf(one).length - 1) * SLAVE, -GAP)
  const each = Math.floor((room - TOP - BELOW - around) / Math.max(1, lanesCount))
  const fits = each - WIDE_GAP > LOW_LANE ? each - WIDE_GAP : Math.min(LOW_LANE, each - NARROW_GAP)
  const laneHeight = Math.max(LANE_MIN, Math.min(LANE_MAX, fits, Math.floor(LANES_MAX / Math.max(1, lanesCount)) - 3))
  let y = top
  const brokers: BrokerPlace[] = []
  for (const member of brokersOf) {
    const place = brokerPlace(member, state, { x: brokerX, y, width: brokerWidth, height: 0 }, laneHeight)
    brokers.push(place)
    y += place.box.height + place.slaves.length * SLAVE + GAP
  }
  const groups = groupPlaces(ofKind(cast, 'group'), width - sideWidth - 10, sideWidth, 34)
  const groupsHeight = groups.at(-1) === undefined ? 0 : groups.at(-1)!.tray.y + groups.at(-1)!.tray.height
  const producers = ofKind(cast, 'producer')
  const producersHeight = producers.length * 58 - 10
  const body = Math.max(y - GAP - top, groupsHeight, producersHeight, 210)
  const down = (used: number) => top + Math.round((body - used) / 2)
  const brokerShift = Math.round((body - (y - GAP - top)) / 2)
  const above = [...ofKind(cast, 'namesrv'), ...controllerNodes(cast)]
  const aboveWidth = Math.min(150, (width * 0.62) / Math.max(1, above.length) - 10)
  const servers = row(above, brokerX + brokerWidth / 2, 24, aboveWidth, 36)
  const namesrvs = servers.slice(0, ofKind(cast, 'namesrv').length)
  const controllers = servers.slice(namesrvs.length)
  return {
    ...{ width, height: top + body + BELOW, isTall: false, namesrvs, controllers },
    producers: producers.map(({ name }, i) => ({
      name,
      box: { x: 8, y: down(producersHeight) + i * 58, width: sideWidth - 16, height: 46 },
    })),
    brokers: brokers.map((one) => moved(one, brokerShift)),
    groups: groups.map(({ name, tray, members }) => ({
      name,
      tray: { ...tray, y: tray.y + down(groupsHeight) },
      members: members.map((one) => ({ ...one, box: { ...one.box, y: one.box.y + down(groupsHeight) } })),
    })),
    captions: [
      { at: { x: 8, y: 22 }, words: 'Producers send', isMiddle: false },
      { at: { x: brokerX + brokerWidth / 2, y: 14 }, words: aboveWords(cast), isMiddle: true },
      { at: { x: brokerX + brokerWidth / 2, y: 80 }, words: 'Brokers keep messages in queues', isMiddle: true },
      { at: { x: width - sideWidth - 10, y: 22 }, words: 'Groups work through them', isMiddle: false },
    ],
  }
}

function tallLayout(cast: readonly Member[], state: PlayState, width: number): StageLayout {
  // the glass of a broker stands out by nine pixels at its right
  const [left, inner] = [GUTTER, width - 2 * GUTTER - 10]
  const captions: StageLayout['captions'][number][] = [
    { at: { x: left, y: 14 }, words: 'Producers send', isMiddle: false },
  ]
  const producers = cells(ofKind(cast, 'producer'), left, 22, inner, 3, 42)
  let y = 22 + Math.ceil(producers.length / 3) * 50 + 26
  captions.push({ at: { x: left, y: y - 8 }, words: 'Brokers keep messages in queues', isMiddle: false })
  const brokers: BrokerPlace[] = []
  for (const member of ofKind(cast, 'broker')) {
    const place = brokerPlace(
      member,
      state,
      { x: left, y: y + 8, width: inner, height: 0 },
      queuesOf(member, state).length > 8 ? 8 : 13,
    )
    brokers.push(place)
    y += place.box.height + place.slaves.length * SLAVE + GAP
  }
  y += 18
  captions.push({ at: { x: left, y }, words: 'Groups work through them', isMiddle: false })
  const groups: GroupPlace[] = []
  for (const member of ofKind(cast, 'group')) {
    const members = cells(
      nodesOf(member).map((name) => ({ name })),
      left + 8,
      y + 40,
      inner - 8,
      3,
      34,
    )
    const height = 36 + Math.ceil(members.length / 3) * 42
    groups.push({ name: member.name, tray: { x: left, y: y + 10, width: inner + 8, height }, members })
    y += height + 18
  }
  captions.push({ at: { x: left, y: y + 14 }, words: aboveWords(cast), isMiddle: false })
  const above = [...ofKind(cast, 'namesrv'), ...controllerNodes(cast)]
  const servers = cells(above, left, y + 24, inner, 2, 34)
  const namesrvs = servers.slice(0, ofKind(cast, 'namesrv').length)
  return {
    width,
    height: y + 24 + Math.ceil(servers.length / 2) * 42 + 10,
    isTall: true,
    namesrvs,
    controllers: servers.slice(namesrvs.length),
    producers,
    brokers,
    groups,
    captions,
  }
}

function brokerPlace(member: Member, state: PlayState, box: Box, laneHeight: number): BrokerPlace {
  const gap = laneHeight > LOW_LANE ? WIDE_GAP : NARROW_GAP
  const queues = queuesOf(member, state)
  const height = HEAD + queues.length * (laneHeight + gap) + FOOT
  const lanes = queues.map((queue, i) => ({
    ...{ queue, x: box.x + QUEUE_NAME, y: box.y + HEAD + i * (laneHeight + gap) },
    ...{ width: box.width - QUEUE_NAME - 12, height: laneHeight },
  }))
  const slaves = nodesOf(member)
    .slice(1)
    .map((name, i) => ({
      name,
      box: { x: box.x + 18, y: box.y + height + 6 + i * SLAVE, width: box.width - 18, height: 24 },
    }))
  const place = { lanes, slaves, shelf: { x: box.x + 12, y: box.y + height - 8 } }
  return mastered({ name: member.name, node: member.name, box: { ...box, height }, ...place }, state)
}

/** An elected master has the box with the queues, and the node that has the broker's name stands in its place. */
function mastered(place: BrokerPlace, state: PlayState): BrokerPlace {
  const node = masterOf(state, place.name)
  const slaves = place.slaves.map((one) => (one.name === node ? { ...one, name: place.name } : one))
  return { ...place, node, slaves }
}

function moved({ name, node, box, lanes, slaves, shelf }: BrokerPlace, by: number): BrokerPlace {
  return {
    name,
    node,
    box: { ...box, y: box.y + by },
    lanes: lanes.map((lane) => ({ ...lane, y: lane.y + by })),
    slaves: slaves.map((one) => ({ ...one, box: { ...one.box, y: one.box.y + by } })),
    shelf: { x: shelf.x, y: shelf.y + by },
  }
}

/** Groups below each other from 0; members in one or two columns. */
function groupPlaces(groups: readonly Member[], x: number, width: number, memberHeight: number): GroupPlace[] {
  let y = 0
  const many = groups.reduce((sum, one) => sum + nodesOf(one).length, 0) > 9
  return groups.map((group) => {
    const names = nodesOf(group)
    const columns = many && names.length > 2 ? 2 : 1
    const inner = width - 18
    const members = names.map((name, i) => ({
      name,
      box: {
        ...{ x: x + 10 + (i % columns) * (inner / columns), y: y + 28 + Math.floor(i / columns) * (memberHeight + 8) },
        ...{ width: inner / columns - (columns - 1) * 6, height: memberHeight },
      },
    }))
    const height = 28 + Math.ceil(names.length / columns) * (memberHeight + 8) + 4
    const place = { name: group.name, tray: { x, y, width, height }, members }
    y += height + 14
    return place
  })
}

function row(members: readonly { readonly name: string }[], centre: number, y: number, width: number, height: number) {
  const all = members.length * (width + 10) - 10
  return members.map(({ name }, i) => ({ name, box: { x: centre - all / 2 + i * (width + 10), y, width, height } }))
}

function cells(
  members: readonly { readonly name: string }[],
  x: number,
  y: number,
  width: number,
  columns: number,
  height: number,
) {
  const each = width / columns
  return members.map(({ name }, i) => ({
    name,
    box: { x: x + (i % columns) * each, y: y + Math.floor(i / columns) * (height + 8), width: each - 8, height },
  }))
}
