/**
 * `npm run pins`: makes every pinned run and names those that run otherwise than when they were pinned; `npm run pins --
 * --write` pins them anew. A change that is meant to change nothing leaves all of them as they are.
 */
import { wantsWriting } from '../../support/wants-writing.ts'
import { difference } from './pin.ts'
import { PINNED_RUNS, type Pins, readPins, writePins } from './pinned-runs.ts'

const writes = wantsWriting('pins')
const before = readPins()
const now: Pins = {}
let changed = 0
for (const [name, run] of PINNED_RUNS) {
  now[name] = await run()
  const text = difference(before[name], now[name])
  if (text === '') continue
  changed++
  console.log(`${name}: ${text}`)
}
if (writes) writePins(now)
console.log(`${PINNED_RUNS.size} runs, ${changed} ${writes ? 'pinned anew' : 'differ'}`)
if (!writes && changed > 0) process.exitCode = 1
