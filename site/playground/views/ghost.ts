/**
 * The run that was left, behind the one that is shown: only where the two differ at this moment. A dashed outline is what stands, or
 * waits, in the other run.
 */
import { type Box, path, r, rect, type Shape } from '../../figures/kit/marks.ts'
import { type Member, nodesOf } from '../experiment/experiment.ts'
import { type PlayState, waitingOf } from '../run/state.ts'
import { compact } from './numbers.ts'

/** Nodes that are told by name in the sentence about the other run. */
const NAMES_MAX = 3

/** A node that runs in the other run and not in this one, or the other way round. */
export function ghostOfNode(name: string, box: Box, state: PlayState, ghost: PlayState | undefined): Shape[] {
  if (ghost === undefined) return []
  const [isUp, wasUp] = [isRunning(state, name), isRunning(ghost, name)]
  if (isUp === wasUp) return []
  if (wasUp) return [rect({ ...box, x: box.x + 5, y: box.y + 5 }, 'ghost', 6)]
  const [x, y] = [r(box.x - 6), r(box.y - 6)]
  return [path(`M${x} ${y}l12 12M${r(box.x + 6)} ${y}l-12 12`, 'ghost')]
}

/** Where the row of waiting messages of a lane ends in the other run. `edge` is the lane's right end, `pitch` the room of one message. */
export function ghostOfLane(lane: Box, edge: number, pitch: number, now: number, before: number): Shape[] {
  const room = Math.floor((lane.width - 6) / pitch)
  const [shown, ghosted] = [Math.min(now, room), Math.min(before, room)]
  if (shown === ghosted) return []
  const width = Math.max(2, ghosted * pitch)
  return [rect({ x: edge - width, y: lane.y + 1, width, height: lane.height - 2 }, 'ghost', 2)]
}

/** What differs at this moment, as a sentence; '' when nothing does. */
export function ghostWords(cast: readonly Member[], state: PlayState, ghost: PlayState, group: string): string {
  const nodes = cast.flatMap(nodesOf)
  const up = nodes.filter((name) => isRunning(ghost, name) && !isRunning(state, name))
  const down = nodes.filter((name) => !isRunning(ghost, name) && isRunning(state, name))
  const [before, now] = [waitingOf(ghost, group), waitingOf(state, group)]
  const parts = [
    up.length === 0 ? '' : `${names(up)} ${up.length > 1 ? 'run' : 'runs'}`,
    down.length === 0 ? '' : `${names(down)} ${down.length > 1 ? 'do' : 'does'} not run`,
    group === '' || before === now
      ? ''
      : `${compact(before)} ${before === 1 ? 'message waits' : 'messages wait'} for ${group}`,
  ].filter((one) => one !== '')
  return parts.length === 0 ? '' : `In the run before: ${parts.join(', ')}.`
}

function names(nodes: readonly string[]): string {
  return nodes.length > NAMES_MAX ? `${nodes.length} other nodes` : nodes.join(', ')
}

function isRunning(state: PlayState, name: string): boolean {
  return state.nodes[name]?.state === 'running'
}
