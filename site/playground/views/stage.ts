/** The stage: who is there, how each is, and how many messages wait where. A pure function of cast, state and layout to marks. */
import {
  type Box,
  label,
  type Mark,
  type Point,
  path,
  polygon,
  r,
  rect,
  type Shape,
  textWidth,
} from '../../figures/kit/marks.ts'
import { chevron, frost, glassBox, hexagon } from '../../figures/kit/shapes.ts'
import type { Member } from '../experiment/experiment.ts'
import { masterOf, type NodeState, type PlayState, takenBy, unflushedOf, waitingOf } from '../run/state.ts'
import { unnoticed } from './backlog.ts'
import { ghostOfNode } from './ghost.ts'
import { laneMark, shownIn } from './lanes.ts'
import type { BrokerPlace, GroupPlace, StageLayout } from './layout.ts'
import { compact } from './numbers.ts'

export interface StageView {
  readonly cast: readonly Member[]
  readonly state: PlayState
  /** The run before at the same moment; undefined when there is none. */
  readonly ghost?: PlayState | undefined
  readonly layout: StageLayout
  /** The group whose waiting messages the lanes show. */
  readonly group: string
  /** The node that is chosen; '' for none. */
  readonly selected: string
  /** Messages that are drawn on their way to a queue: the lane does not show them yet. */
  readonly arriving: Readonly<Record<string, number>>
}

/** Draws the stage without the messages that travel. */
export function stageMarks(view: StageView): Mark[] {
  const { layout } = view
  const marks: Mark[] = []
  marks.push({
    key: 'captions',
    x: 0,
    y: 0,
    shapes: layout.captions.map(({ at, words, isMiddle }) =>
      label(at.x, at.y, words, 'caption', isMiddle ? 'middle' : 'start'),
    ),
  })
  for (const broker of layout.brokers) for (const shapes of wires(view, broker)) marks.push(shapes)
  for (const { name, box } of layout.namesrvs) drawNamesrv(view, name, box, marks)
  for (const { name, box } of layout.controllers) drawController(view, name, box, marks)
  for (const { name, box } of layout.producers) drawProducer(view, name, box, marks)
  for (const broker of layout.brokers) drawBroker(view, broker, marks)
  for (const group of layout.groups) drawGroup(view, group, marks)
  return marks
}

/** What a node says of itself in a few words, for the picture and for a screen reader. */
export function nodeWords(node: NodeState | undefined): string {
  if (node === undefined || node.state === 'absent') return 'not started yet'
  if (node.state === 'starting') return 'starting'
  if (node.state === 'stopped')
    return node.how === 'powercut' ? 'lost power' : node.how === 'killed' ? 'killed' : 'stopped'
  const wrong = [
    node.isCut ? 'cut off' : '',
    node.isFrozen ? 'frozen' : '',
    node.disk,
    node.clockMs === 0 ? '' : `clock ${node.clockMs < 0 ? '−' : '+'}${Math.abs(node.clockMs) / 1_000} s`,
  ].filter((one) => one !== '')
  return wrong.join(', ')
}

function lookOf({ state, selected }: StageView, name: string, role: string): string {
  const node = state.nodes[name]
  return `node ${role} ${node?.state ?? 'absent'}${selected === name ? ' now' : ''}`
}

function nodeMark(view: StageView, name: string, box: Box, shapes: Shape[], marks: Mark[]): void {
  const node = view.state.nodes[name]
  if (node?.isCut === true)
    shapes.push(...frost({ x: box.x - 5, y: box.y - 4, width: box.width + 10, height: box.height + 8 }))
  // at the corner, so that name and state can be read
  if (node?.state === 'stopped') {
    const [x, y] = [r(box.x - 6), r(box.y - 6)]
    shapes.push(path(`M${x} ${y}l12 12M${r(box.x + 6)} ${y}l-12 12`, 'cross'))
  }
  marks.push({
    key: `node:${name}`,
    thing: `node:${name}`,
    x: 0,
    y: 0,
    shapes: [...ghostOfNode(name, box, view.state, view.ghost), ...shapes],
    className: view.selected === name ? 'selected' : '',
  })
}

/** A short word about what is wrong, on a chip at the lower edge of a node. */
function chip(x: number, y: number, words: string): Shape[] {
  if (words === '') return []
  const width = textWidth(words) + 14
  return [
    rect({ x: x - width / 2, y: y - 9, width, height: 18 }, 'fault-chip', 9),
    label(x, y + 4, words, 'small fault-text', 'middle'),
  ]
}

function drawNamesrv(view: StageView, name: string, box: Box, marks: Mark[]): void {
  const node = view.state.nodes[name]
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
  const listed = view.state.routes[name]?.length ?? 0
  const words = node?.state === 'running' ? `lists ${listed} broker${listed === 1 ? '' : 's'}` : nodeWords(node)
  const shapes = [
    ...hexagon(box, lookOf(view, name, 'namesrv')),
    label(x, y - 2, name, 'name namesrv', 'middle'),
    label(x, y + 12, words, `small ${node?.state === 'stopped' ? 'bad' : 'faint'}`, 'middle'),
    ...(node?.state === 'running' ? chip(x, box.y + box.height + 4, nodeWords(node)) : []),
  ]
  nodeMark(view, name, box, shapes, marks)
}

/** A controller: a long diamond. */
function drawController(view: StageView, name: string, box: Box, marks: Mark[]): void {
  const node = view.state.nodes[name]
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
  const [top, bottom] = [box.y - 5, box.y + box.height + 5]
  const words = nodeWords(node)
  const shapes = [
    polygon([box.x, y, x, top, box.x + box.width, y, x, bottom], `${lookOf(view, name, 'controller')} glass`),
    label(x, y + 5, name, 'name controller', 'middle'),
    ...chip(x, bottom + 2, words),
  ]
  nodeMark(view, name, box, shapes, marks)
}

function drawProducer(view: StageView, name: string, box: Box, marks: Mark[]): void {
  const { state, cast, layout } = view
  const node = state.nodes[name]
  const values = cast.find((one) => one.name === name)?.values ?? {}
  const it = state.producers[name]
  const isDown = node?.state !== 'running'
  // on a narrow page there is room for one of the two: the rate, or the sends that failed
  const rate = layout.isTall ? ((it?.failed ?? 0) > 0 ? '' : `${values['rate']}/s`) : `${values['rate']} a second`
  const words = isDown ? nodeWords(node) : rate
  const x = box.x + 24
  const shapes = [
    ...chevron(box, 'right', lookOf(view, name, 'producer')),
    label(x, box.y + box.height / 2 - 3, name, 'name producer'),
    label(x, box.y + box.height / 2 + 13, words, `small ${node?.state === 'stopped' ? 'bad' : 'faint'}`),
    ...(isDown ? [] : chip(box.x + box.width / 2, box.y + box.height + 8, nodeWords(node))),
  ]
  if (it !== undefined && it.failed > 0)
    shapes.push(
      label(box.x + box.width - 28, box.y + box.height / 2 + 13, `✕ ${compact(it.failed)}`, 'small bad', 'end'),
    )
  nodeMark(view, name, box, shapes, marks)
}

function drawBroker(view: StageView, place: BrokerPlace, marks: Mark[]): void {
  const { state, group } = view
  const { name, node: master, box, lanes, slaves, shelf } = place
  const node = state.nodes[master]
  // the true number: only the squares come later
  const waiting = lanes.reduce((sum, { queue }) => sum + shownIn(state, queue, group), 0)
  const isUp = node?.state === 'running'
  const wrong = nodeWords(node)
  const count =
    group === '' ? `${compact(waiting)} stored` : waiting === 0 ? 'nothing waits' : `${compact(waiting)} waiting`
  const right = isUp && wrong === '' ? `${count}${master === name ? '' : ' · elected'}` : wrong
  const shapes = [
    ...glassBox(box, lookOf(view, master, 'broker')),
    label(box.x + 12, box.y + 18, master, 'name broker'),
    label(box.x + box.width - 12, box.y + 18, right, `small ${isUp && wrong === '' ? 'faint' : 'bad'}`, 'end'),
    ...shelfShapes(state, name, shelf),
  ]
  nodeMark(view, master, box, shapes, marks)
  for (const lane of lanes) marks.push(laneMark(view, lane))
  for (const slave of slaves) {
    const its = state.nodes[slave.name]
    const words = nodeWords(its) || 'copies everything'
    nodeMark(
      view,
      slave.name,
      slave.box,
      [
        rect(slave.box, `${lookOf(view, slave.name, 'broker')} slave glass`, 2),
        label(slave.box.x + 10, slave.box.y + 16, slave.name, 'name broker slave-name'),
        label(
          slave.box.x + slave.box.width - 10,
          slave.box.y + 16,
          words,
          `small ${its?.state === 'running' ? 'faint' : 'bad'}`,
          'end',
        ),
      ],
      marks,
    )
  }
}

/** Where the messages are that the disk of a broker does not have for certain. A machine whose process was killed still has them. */
export function memoryWords(node: NodeState | undefined, count: number): string {
  if (node?.state !== 'stopped') return `${compact(count)} in memory, not on the disk`
  if (node.how !== 'powercut') return `the machine still has ${compact(count)} in memory`
  return count === 1
    ? '1 was in memory: the disk may lack it'
    : `${compact(count)} were in memory: the disk may lack them`
}

function shelfShapes(state: PlayState, broker: string, { x, y }: Point): Shape[] {
  const shelf = state.shelves[broker]
  const parts = [
    ['delayed', shelf?.delayed ?? 0, 'not due yet'],
    ['half', shelf?.half ?? 0, 'not committed'],
    ['retry', shelf?.retry ?? 0, 'to be tried again'],
  ] as const
  const kept = parts.filter(([, count]) => count > 0).map(([, count, what]) => `${compact(count)} ${what}`)
  const unflushed = unflushedOf(state, broker)
  const node = state.nodes[masterOf(state, broker)]
  const isLost = node?.state === 'stopped' && node.how === 'powercut'
  const words = unflushed === 0 ? kept : [memoryWords(node, unflushed), ...kept]
  return [label(x, y, words.join(' · ') || ' ', `small ${unflushed > 0 && isLost ? 'bad' : 'shelf'}`)]
}

function drawGroup(view: StageView, { name, tray, members }: GroupPlace, marks: Mark[]): void {
  const { state, group, layout } = view
  const isShown = name === group
  const waiting = waitingOf(state, name)
  const dead = state.groups[name]?.dead ?? 0
  const right = [waiting > 0 ? `${compact(waiting)} waiting` : '', dead > 0 ? `${compact(dead)} dead` : ''].filter(
    (one) => one !== '',
  )
  marks.push({
    key: `group:${name}`,
    thing: `group:${name}`,
    x: 0,
    y: 0,
    className: view.selected === name ? 'selected' : '',
    shapes: [
      rect(tray, `tray group-tray${isShown ? ' shown' : ''}`, 10),
      label(tray.x + 12, tray.y + 18, name, 'name consumer'),
      label(tray.x + tray.width - 10, tray.y + 18, right.join(' · '), `small ${dead > 0 ? 'bad' : 'faint'}`, 'end'),
    ],
  })
  for (const { name: member, box } of members) {
    const node = state.nodes[member]
    const it = state.members[member]
    const isUp = node?.state === 'running'
    const words =
      !isUp || nodeWords(node) !== ''
        ? nodeWords(node)
        : it === undefined || takenBy(state, member) === 0
          ? idleWords(state, name, member, layout.isTall)
          : `${compact(takenBy(state, member))} ${layout.isTall ? 'held' : 'fetched'}`
    const short = layout.isTall || box.width < 120
    /** The words stand below the name where both do not fit side by side. */
    const isStacked = short || textWidth(member) + textWidth(words) + 60 > box.width
    const x = box.x + 12
    nodeMark(
      view,
      member,
      box,
      [
        ...chevron(box, 'left', lookOf(view, member, 'consumer')),
        label(
          x + 10,
          box.y + box.height / 2 + (isStacked ? -2 : 4),
          short ? member.replace(/^.*-/, `${name[0]}`) : member,
          'name consumer member',
        ),
        label(
          isStacked ? x + 10 : box.x + box.width - 24,
          box.y + box.height / 2 + (isStacked ? 12 : 4),
          words,
          `tiny ${isUp && nodeWords(node) === '' ? 'faint' : 'bad'}`,
          isStacked ? 'start' : 'end',
        ),
        ...workLamp(it?.working ?? 0, isUp, box),
      ],
      marks,
    )
  }
}

/** Why a member that runs has nothing in hand. */
function idleWords(state: PlayState, group: string, member: string, isShort: boolean): string {
  const broker = isShort ? '' : unnoticed(state, group, member)
  return broker === '' ? 'idle' : `has not seen ${broker}`
}

/** A lamp at the tip of a member: it is lit while the listener works. */
function workLamp(working: number, isUp: boolean, box: Box): Shape[] {
  if (!isUp || working === 0) return []
  const [x, y] = [box.x + 14, box.y + box.height / 2]
  return [polygon([x - 5, y, x, y - 5, x + 5, y, x, y + 5], 'lamp')]
}

/** Thin lines: who sends to whom, and which member reads which queue; faint for the groups that are not shown. */
function wires({ state, layout, group }: StageView, { name, node, lanes, slaves, box }: BrokerPlace): Mark[] {
  const lines: Shape[] = []
  if (layout.isTall) return []
  const isUp = (node: string) => state.nodes[node]?.state === 'running'
  for (const producer of layout.producers) {
    // a producer sends to the node that it takes for the master, also when that is dead
    const master = state.knows[producer.name]?.[name] ?? ''
    const to = master === node ? box : slaves.find((one) => one.name === master)?.box
    if (!isUp(producer.name) || to === undefined) continue
    const from = { x: producer.box.x + producer.box.width, y: producer.box.y + producer.box.height / 2 }
    const look = isUp(master) ? 'wire' : 'wire vain'
    lines.push(curve(from, { x: to.x, y: to.y + to.height / 2 }, look))
  }
  for (const lane of lanes) {
    const owners = Object.entries(state.queues[lane.queue]?.owners ?? {}).flatMap(([name, all]) =>
      all.slice(0, 4).map((owner) => [owner, name === group ? 'wire reads' : 'wire reads other'] as const),
    )
    for (const [owner, look] of owners) {
      const member = layout.groups.flatMap(({ members }) => members).find((one) => one.name === owner)
      if (member === undefined || !isUp(masterOf(state, name))) continue
      const to = { x: member.box.x, y: member.box.y + member.box.height / 2 }
      lines.push(curve({ x: lane.x + lane.width + 10, y: lane.y + lane.height / 2 }, to, look))
    }
  }
  return [{ key: `wires:${name}`, x: 0, y: 0, shapes: lines }]
}

function curve(from: Point, to: Point, className: string): Shape {
  const dx = (to.x - from.x) * 0.5
  return path(
    `M${r(from.x)} ${r(from.y)}C${r(from.x + dx)} ${r(from.y)} ${r(to.x - dx)} ${r(to.y)} ${r(to.x)} ${r(to.y)}`,
    className,
  )
}
