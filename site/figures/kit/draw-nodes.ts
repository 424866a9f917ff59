/** Draws the four kinds of node with what is inside them. */
import type { BrokerInside, Layout } from './layout.ts'
import { type Box, label, type Mark, path, r, rect, type Shape, textWidth } from './marks.ts'
import type { Scene, SceneBroker, SceneNode, SceneQueue } from './scene.ts'
import { chevron, flag, glassBox, heldPull, hexagon, message } from './shapes.ts'
import type { CastMember } from './types.ts'
import { keptWords, LOCKED, NODE_STATES, ROLE_NAMES } from './words/labels.ts'
import { queueLabel, shortLabel } from './words/say.ts'

type Tags = (key: string) => number

/** The class of a node's glass: its role, and whether it is there. */
function look(node: SceneNode, isNow: boolean): string {
  return `node ${node.role} ${node.state}${isNow ? ' now' : ''}`
}

export function drawNamesrv(node: SceneNode, layout: Layout, isNow: boolean, marks: Mark[]): void {
  const box = layout.boxes[node.name]!
  const [centre, rows] = [box.x + box.width / 2, Object.entries(node.routes)]
  const [head, step, most] = box.height < 70 ? [18, 14, 2] : [21, 16, 3]
  const title = node.name === 'namesrv' ? ROLE_NAMES.namesrv : node.name
  const shapes = [...hexagon(box, look(node, isNow)), label(centre, box.y + head, title, `name ${node.role}`, 'middle')]
  if (node.state !== 'running')
    shapes.push(label(centre, box.y + head + 22, NODE_STATES[node.state], 'small faint', 'middle'))
  else if (rows.length === 0 && node.role === 'namesrv')
    shapes.push(label(centre, box.y + head + 22, 'route table: empty', 'small faint', 'middle'))
  const shift = layout.isTall ? 8 : -26
  for (const [i, [name, address]] of rows
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, most)
    .entries()) {
    const [x, y] = [centre + shift, box.y + head + 19 + i * step]
    shapes.push(label(x - 16, y, name, 'small', 'end'))
    shapes.push(path(`M${r(x - 9)} ${r(y - 4)}h18m-4 -3.5l4 3.5l-4 3.5`, 'arrow'))
    shapes.push(label(x + 16, y, layout.isTall ? address.replace(/^.*:/, ':') : address, 'small mono'))
  }
  if (node.state === 'stopped') shapes.push(...cross(box))
  marks.push({ key: `node:${node.name}`, thing: `node:${node.name}`, x: 0, y: 0, shapes })
}

export function drawBroker(
  scene: Scene,
  member: CastMember,
  layout: Layout,
  isNow: boolean,
  tags: Tags,
  marks: Mark[],
): void {
  const node = scene.nodes[member.name]!
  const broker = scene.brokers[member.name]!
  const box = layout.boxes[member.name]!
  const inside = layout.brokers[member.name]!
  const shapes = [
    ...glassBox(box, look(node, isNow)),
    label(box.x + (layout.isTall ? 8 : 14), box.y + (layout.isTall ? 17 : 23), member.name, `name ${node.role}`),
  ]
  const kept = keptWords(broker)
  const whole = [kept, kindOf(member, node, broker)].filter((text) => text !== '').join(' · ')
  // in a narrow box, the words of an acting slave would run over its name
  const isLong = kept !== '' && broker.isActing && textWidth(whole) > box.width - 40
  const running = isLong ? `${kept} · acting` : whole
  const state = node.state === 'running' ? running : node.ended || NODE_STATES[node.state]
  shapes.push(
    label(
      box.x + box.width - 10,
      box.y + (layout.isTall ? 17 : 23),
      state,
      `small ${node.state === 'stopped' ? 'bad' : 'faint'}`,
      'end',
    ),
  )
  marks.push({ key: `node:${node.name}`, thing: `node:${node.name}`, x: 0, y: 0, shapes })
  drawLog(member.name, broker, inside, tags, marks)
  for (const [i, name] of (member.queues ?? []).entries()) {
    drawLane(member.name, name, broker.queues[name]!, inside, i, tags, marks)
  }
  if (node.state === 'stopped') marks.push({ key: `dead:${node.name}`, x: 0, y: 0, shapes: cross(box) })
}

/** What a broker is now: under a controller with the epoch of its role. */
function kindOf(member: CastMember, { role }: SceneNode, { masterEpoch, isActing }: SceneBroker): string {
  if (isActing) return 'slave, acts as master'
  const kind = role === 'slave' ? 'slave' : 'master'
  if (masterEpoch === 0 && member.role === 'slave' && role !== 'slave') return 'now master'
  return masterEpoch === 0 ? kind : `${kind}, epoch ${masterEpoch}`
}

/** A diamond with the master of each broker name that it has elected, and the members of the in-sync set. */
export function drawController(node: SceneNode, scene: Scene, layout: Layout, isNow: boolean, marks: Mark[]): void {
  const box = layout.boxes[node.name]!
  const centre = box.x + box.width / 2
  const head = box.height < 70 ? 18 : 21
  const [x, y] = [centre - textWidth(node.name) / 2 - 14, box.y + head - 4.5]
  const shapes = [
    ...hexagon(box, look(node, isNow)),
    path(`M${r(x)} ${r(y - 5)}l6 5l-6 5l-6 -5z`, 'node controller glass'),
    label(centre, box.y + head, node.name, 'name controller', 'middle'),
  ]
  const { masters = {}, replicas = {} } = scene.controllers[node.name] ?? {}
  const nodeOf = (brokerName: string, id: number | string) => replicas[`${brokerName}/${id}`] ?? id
  const lines =
    node.state === 'running'
      ? Object.entries(masters).flatMap(([name, { brokerId, masterEpoch, syncStateSet }]) => [
          brokerId === 0 ? 'no master' : `master ${nodeOf(name, brokerId)}, epoch ${masterEpoch}`,
          `in sync: ${
            syncStateSet === ''
              ? 'nobody'
              : syncStateSet
                  .split(',')
                  .map((id) => nodeOf(name, id))
                  .join(', ')
          }`,
        ])
      : [NODE_STATES[node.state]]
  for (const [i, text] of lines.slice(0, 2).entries())
    shapes.push(label(centre, box.y + head + 18 + i * 15, text, 'small', 'middle'))
  if (node.state === 'stopped') shapes.push(...cross(box))
  marks.push({ key: `node:${node.name}`, thing: `node:${node.name}`, x: 0, y: 0, shapes })
}

function drawLog(node: string, broker: SceneBroker, inside: BrokerInside, tags: Tags, marks: Mark[]): void {
  const { log, labelsAbove, isBare } = inside
  const shapes: Shape[] = [rect(log, 'strip', 3)]
  if (!isBare)
    shapes.push(
      labelsAbove
        ? label(log.x, log.y - 3, 'commit log', 'small')
        : label(log.x - 74, log.y + log.height / 2 + 4.5, 'commit log', 'small'),
    )
  const size = Math.min(20, log.height - 6)
  const step = size + 8
  const room = Math.floor((log.width - 4) / step)
  const first = Math.max(0, broker.log.length - room)
  const bytes = broker.log.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const amount = `${bytes.toLocaleString('en')} B`
  const used = Math.min(broker.log.length, room) * step
  if (bytes > 0 && log.width - used > textWidth(amount) + 8)
    shapes.push(label(log.x + log.width - 7, log.y + log.height / 2 + 4, amount, 'small faint', 'end'))
  marks.push({ key: `log:${node}`, x: 0, y: 0, shapes })
  for (const [i, record] of broker.log.slice(first).entries()) {
    const [x, y] = [log.x + 4 + (i + 0.5) * step - 2, log.y + log.height / 2]
    marks.push({
      key: `record:${node}:${record.physicalOffset}`,
      thing: `record:${record.n}`,
      x,
      y,
      shapes: [
        ...message(0, 0, size, tags(record.key), record.isFlushed ? 'whole' : 'hatched'),
        ...(record.physicalOffset + record.sizeBytes <= broker.copiedTo ? [copiedEdge(size, tags(record.key))] : []),
      ],
    })
  }
}

/** The second edge of a record of which the master knows that a slave has it. */
function copiedEdge(size: number, tag: number): Shape {
  const half = size / 2 + 2.5
  return rect({ x: -half, y: -half, width: 2 * half, height: 2 * half }, `copied tag-${tag}`, 4)
}

function drawLane(
  node: string,
  name: string,
  queue: SceneQueue,
  inside: BrokerInside,
  index: number,
  tags: Tags,
  marks: Mark[],
): void {
  const lane = inside.lanes[index]!
  const { labelsAbove, isBare } = inside
  const size = Math.min(18, inside.cell.height - 6)
  const inset = labelsAbove ? 4 : 7
  // a number of two digits keeps clear of its message
  const needed = inset + textWidth(String(queue.max)) + 3 + size / 2 + inside.cell.height / 2
  const cell = { ...inside.cell, width: Math.max(inside.cell.width, Math.ceil(needed)) }
  const room = Math.max(1, Math.floor((lane.width - 22) / cell.width) - 1)
  const first = Math.max(0, queue.max - room)
  const shapes: Shape[] = []
  const text = queueLabel(name)
  if (!isBare)
    shapes.push(
      labelsAbove
        ? label(lane.x, lane.y - 3, text, 'small')
        : label(lane.x - 74, lane.y + lane.height / 2 + 4.5, shortLabel(name), 'small'),
    )
  const endX = lane.x + (queue.max - first) * cell.width
  shapes.push(
    path(
      `M${r(lane.x)} ${r(lane.y)}H${r(lane.x + lane.width)}M${r(lane.x)} ${r(lane.y + cell.height)}H${r(lane.x + lane.width)}`,
      'lane',
    ),
  )
  if (first === 0) shapes.push(path(`M${r(lane.x)} ${r(lane.y)}v${cell.height}`, 'lane'))
  for (let offset = first; offset < queue.max; offset++) {
    const x = lane.x + (offset - first) * cell.width
    shapes.push(path(`M${r(x + cell.width)} ${r(lane.y)}v${cell.height}`, 'lane cell'))
    shapes.push(label(x + inset, lane.y + cell.height / 2 + 4.5, String(offset), 'small number'))
  }
  shapes.push(label(endX + inset, lane.y + cell.height / 2 + 4.5, String(queue.max), 'small number open'))
  const lockEnd = lane.x + lane.width - 4
  if (Object.keys(queue.lockedBy).length > 0 && lockEnd - endX > textWidth(LOCKED) + 40)
    shapes.push(label(lockEnd, lane.y + cell.height / 2 + 4.5, LOCKED, 'small faint', 'end'))
  marks.push({ key: `lane:${node}/${name}`, x: 0, y: 0, shapes })
  const committed = Math.min(...Object.values(queue.committed), Number.POSITIVE_INFINITY)
  for (let offset = first; offset < queue.max; offset++) {
    const key = queue.cells[offset] ?? ''
    const isRead = offset < committed && committed !== Number.POSITIVE_INFINITY
    marks.push({
      key: `cell:${node}/${name}/${offset}`,
      thing: `message:${key}`,
      x: lane.x + (offset - first) * cell.width + cell.width - cell.height / 2,
      y: lane.y + cell.height / 2,
      shapes: message(0, 0, size, tags(key), isRead ? 'hollow' : 'whole'),
    })
  }
  drawEnds(node, name, queue, first, endX, lane, cell.width, marks)
}

/** The flags of the groups, and the pulls that wait at the open end. */
function drawEnds(
  node: string,
  name: string,
  queue: SceneQueue,
  first: number,
  endX: number,
  lane: Box,
  cellWidth: number,
  marks: Mark[],
): void {
  for (const [group, offset] of Object.entries(queue.committed)) {
    const x = lane.x + Math.max(0, offset - first) * cellWidth
    marks.push({
      key: `flag:${node}/${name}/${group}`,
      x,
      y: lane.y - 6,
      shapes: flag(0, 0, lane.height + 6, 'flag'),
    })
  }
  for (const group of queue.held) {
    marks.push({
      key: `held:${node}/${name}/${group}`,
      x: endX + 22,
      y: lane.y + lane.height / 2,
      shapes: heldPull(0, 0),
    })
  }
}

export function drawClient(
  scene: Scene,
  member: CastMember,
  layout: Layout,
  isNow: boolean,
  tags: Tags,
  marks: Mark[],
): void {
  const node = scene.nodes[member.name]!
  const box = layout.boxes[member.name]!
  const isProducer = member.role === 'producer'
  const tray = layout.trays[member.name]
  const shapes: Shape[] = []
  if (tray !== undefined) {
    shapes.push(rect(tray, `tray ${node.state}`, 14))
    shapes.push(
      label(
        tray.x + tray.width / 2,
        tray.y + tray.height - 8,
        `group ${member.group ?? ''}`,
        'small consumer-text',
        'middle',
      ),
    )
  }
  shapes.push(...chevron(box, isProducer ? 'right' : 'left', look(node, isNow)))
  const centre = box.x + box.width / 2 + (isProducer ? -1 : 1)
  const isRunning = node.state === 'running'
  shapes.push(label(centre, box.y + box.height / 2 - (isRunning ? 8 : 2), member.name, `name ${member.role}`, 'middle'))
  if (!isRunning) {
    const state = node.ended || NODE_STATES[node.state]
    const className = `small ${node.state === 'stopped' ? 'bad' : 'faint'}`
    shapes.push(label(centre, box.y + box.height / 2 + 15, state, className, 'middle'))
  }
  marks.push({ key: `node:${node.name}`, thing: `node:${node.name}`, x: 0, y: 0, shapes })
  const work = node.working.slice(0, 3)
  const workX = centre - ((work.length - 1) * 22) / 2
  row(work, workX, box.y + box.height / 2 + 13, 22, 'whole', member.name, 'work', tags, marks)
  const single = tray !== undefined && Object.values(layout.trays).filter((one) => one === tray).length === 1
  const area = single ? tray : { x: box.x, y: box.y, width: box.width, height: box.height }
  const below = isProducer && !layout.isTall ? roomBelow(box, scene, layout) : 0
  const room = single ? tray.y + tray.height - 24 - (box.y + box.height) : below
  const top = box.y + box.height + 15
  const note = isProducer ? 'acknowledged' : 'consumed'
  const count = node.done.length
  if (room >= 18)
    marks.push({
      key: `note:${node.name}`,
      x: 0,
      y: 0,
      shapes: count === 0 ? [] : [label(area.x + area.width / 2, top + 2, `${count} ${note}`, 'small', 'middle')],
    })
  const perRow = Math.max(1, Math.floor((area.width - 6) / 22))
  const rows = Math.max(0, Math.min(2, Math.floor((room - 18) / 22)))
  const shown = rows === 0 ? [] : node.done.slice(-perRow * rows)
  for (let start = 0; start < shown.length; start += perRow) {
    const line = shown.slice(start, start + perRow)
    const x = area.x + area.width / 2 - ((Math.min(perRow, shown.length) - 1) * 22) / 2
    row(line, x, top + 19 + (start / perRow) * 22, 22, 'hollow', member.name, 'done', tags, marks)
  }
  if (node.failed.length > 0) {
    marks.push({
      key: `failed:${node.name}`,
      x: 0,
      y: 0,
      shapes: [
        label(
          area.x + area.width / 2,
          Math.max(11, box.y - 12),
          `${node.failed.length} failed`,
          'small bad halo',
          'middle',
        ),
      ],
    })
  }
  if (node.state === 'stopped') marks.push({ key: `dead:${node.name}`, x: 0, y: 0, shapes: cross(box) })
}

/** Height for what a producer has sent: down to the node below it, and to the words above that node when it has failed. */
function roomBelow(box: Box, scene: Scene, { boxes }: Layout): number {
  let room = 66
  for (const [name, other] of Object.entries(boxes)) {
    const isBelow = other.y > box.y && other.x < box.x + box.width && other.x + other.width > box.x
    if (!isBelow) continue
    const words = (scene.nodes[name]?.failed.length ?? 0) > 0 ? 20 : 0
    room = Math.min(room, other.y - words - (box.y + box.height) - 6)
  }
  return room
}

function row(
  keys: readonly string[],
  x: number,
  y: number,
  step: number,
  kind: 'whole' | 'hollow',
  node: string,
  what: string,
  tags: Tags,
  marks: Mark[],
): void {
  const seen = new Map<string, number>()
  for (const [i, key] of keys.entries()) {
    const times = (seen.get(key) ?? 0) + 1
    seen.set(key, times)
    marks.push({
      key: `${what}:${node}:${key}:${times}`,
      thing: `message:${key}`,
      x: x + i * step,
      y,
      shapes: message(0, 0, 16, tags(key), kind),
    })
  }
}

/** Two strokes through what is dead. */
function cross({ x, y, width, height }: Box): Shape[] {
  return [
    path(`M${r(x)} ${r(y)}L${r(x + width)} ${r(y + height)}M${r(x + width)} ${r(y)}L${r(x)} ${r(y + height)}`, 'cross'),
  ]
}
