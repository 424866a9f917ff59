/**
 * What more topics and more members cost: a send, a creation, a registration, a heartbeat, a route query, an offset commit,
 * a start, and memory, at 10 to 50,000 topics and at 10 to 5,000 members.
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from '../support/temp.ts'
import { type Bench, type Figure, short } from './figure.ts'
import type { GrowthRow } from './growth-worker.ts'

const WORKER = fileURLToPath(new URL('./growth-worker.ts', import.meta.url))
const TOPICS = [10, 1_000, 10_000, 50_000]
const MEMBERS = [10, 1_000, 5_000]
const SEND_RATIO_MAX = 1.5
const CREATE_RATIO_MAX = 3

const COLUMNS: readonly (readonly [keyof GrowthRow, string])[] = [
  ['sendMs', 'send'],
  ['createMs', 'creation'],
  ['createCpuMs', 'creation, cpu'],
  ['heartbeatMs', 'heartbeat'],
  ['routeMs', 'route'],
  ['commitMs', 'commit'],
  ['registerMs', 'registration'],
  ['startMs', 'start'],
  ['pauseMs', 'longest pause'],
]

export const growthBench: Bench = {
  name: 'growth',
  about: 'what a broker and a NameServer cost with 10 to 50,000 topics, and with 10 to 5,000 members',
  missing: () => Promise.resolve(''),
  async run(say) {
    const topics = await rows('topics', TOPICS, say)
    const members = await rows('members', MEMBERS, say)
    return [...figures('topics', topics), ...figures('members', members)]
  },
}

async function rows(what: 'topics' | 'members', counts: readonly number[], say: (line: string) => void) {
  const found: GrowthRow[] = []
  for (const count of counts) {
    const folder = temporaryFolder('growth')
    try {
      found.push(await worker(what, join(folder.path, 'servers'), count))
    } finally {
      folder.remove()
    }
    const row = found.at(-1)!
    const cells = COLUMNS.map(([name, title]) => `${title} ${short(row[name])}`).join(', ')
    say(`${short(count)} ${what}: ${cells} ms, heap ${short(row.heapMiB)} MiB`)
  }
  return found
}

function figures(what: 'topics' | 'members', found: readonly GrowthRow[]): Figure[] {
  const [first, last] = [found[0]!, found.at(-1)!]
  const at = (name: keyof GrowthRow) => found.map((row) => short(row[name])).join(', ')
  const sizes = found.map(({ count }) => short(count)).join(', ')
  const plain = COLUMNS.map(([name, title]) => {
    const most =
      name === 'sendMs' ? SEND_RATIO_MAX : name === 'createMs' || name === 'createCpuMs' ? CREATE_RATIO_MAX : 0
    const ratio = last[name] / first[name]
    const goal = most === 0 ? { goal: '' } : { goal: `at most ${most} ×`, met: ratio <= most }
    return { what: `${title}, ms, at ${sizes} ${what}`, value: `${ratio.toFixed(2)} ×`, ...goal, note: at(name) }
  })
  const grown = last.heapMiB - first.heapMiB
  const each = (grown * 2 ** 20) / (last.count - first.count)
  return [
    ...plain,
    {
      what: `heap, MiB, at ${sizes} ${what}`,
      value: `${short(grown)} MiB more`,
      goal: '',
      note: `${at('heapMiB')}; ${short(each)} bytes each`,
    },
  ]
}

function worker(what: string, folder: string, count: number): Promise<GrowthRow> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [WORKER, what, folder, String(count)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (part: string) => void (text += part))
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(text.trim().split('\n').at(-1)!) as GrowthRow)
      else reject(new Error(`the growth worker for ${count} ${what} ended with ${code}`))
    })
  })
}
