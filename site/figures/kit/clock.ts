/**
 * One clock for all figures of a page. It asks for frames only while somebody moves and is on the screen: paused or out of
 * sight, no frame and no timer exists.
 */
type Tick = (ms: number) => boolean

const movers = new Set<Tick>()
let frame = 0
let lastMs = 0

/** Longest time one frame may stand for: a tab that slept does not leap. */
const FRAME_MS_MAX = 100

/** Calls `tick` with the milliseconds that passed, every frame, until it returns false or `leave` is called. */
export function join(tick: Tick): void {
  movers.add(tick)
  if (frame === 0) {
    lastMs = 0
    frame = requestAnimationFrame(beat)
  }
}

export function leave(tick: Tick): void {
  movers.delete(tick)
  if (movers.size === 0 && frame !== 0) {
    cancelAnimationFrame(frame)
    frame = 0
  }
}

/** Figures that move now; for tests. */
export function movingCount(): number {
  return movers.size
}

function beat(nowMs: number): void {
  const passed = lastMs === 0 ? 16 : Math.min(FRAME_MS_MAX, nowMs - lastMs)
  lastMs = nowMs
  for (const tick of [...movers]) if (!tick(passed)) movers.delete(tick)
  frame = movers.size === 0 ? 0 : requestAnimationFrame(beat)
}
