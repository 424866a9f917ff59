/**
 * The commands of a text trace: what a line that begins with `>` may say, and what it does to the simulated cluster.
 *
 * | Command | What it does |
 * | --- | --- |
 * | `seed 7` | the number that everything that looks like chance is drawn from (once, before the first start) |
 * | `tell kind kind …` | from here on, events of these kinds are told; see `reference/host/trace.ts` |
 * | `frames NAME NAME …` | frames of these requests are told when they leave, and their answers |
 * | `topics NAME NAME …` | of the events that name a topic, only those of these topics are told |
 * | `start program node setting=value …` | starts a node and waits until it is ready |
 * | `stop node`, `kill node`, `powercut node`, `restart node` | ends it, or starts it again on its disk |
 * | `cut node`, `heal` | cuts a node off from all others until `heal` |
 * | `admin command …` | one command of mqadmin |
 * | `send node key option=value …` | sends a message to the topic Orders and waits for the result; `bodyBytes` pads its body |
 * | `answer name key status …` | what the application answers for this key, one status a time, then success |
 * | `wait 5s` | lets time pass; `ms`, `s` and `min` are known |
 * | `show deliveries group`, `show files node folder`, `show file node path` | prints what a script can see |
 */
import type { Cluster, NodeExit } from '../../reference/host/cluster.ts'
import { seconds } from '../../site/figures/kit/words/en.ts'
import { NAMESRV, SMALL_FILES } from './sim.ts'

/** The node that runs commands of mqadmin. It is started when it is first needed, and nothing is told of it. */
export const ADMIN = 'admin'

/** A run under way. */
export interface TraceRun {
  readonly cluster: Cluster
  /** What is still to be answered, by `name key`. */
  readonly answers: Map<string, string[]>
  readonly heals: (() => Promise<void>)[]
}

type Command = (run: TraceRun, words: readonly string[]) => Promise<readonly string[]>

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, min: 60_000 }

/** Settings that every node of a program has besides those of its line. */
const USUAL: Readonly<Record<string, readonly string[]>> = {
  namesrv: ['listenPort=9876'],
  broker: [NAMESRV, 'listenPort=10911', ...SMALL_FILES],
  controller: [
    'controllerDLegerGroup=group1',
    'controllerDLegerPeers=n0-controller-0:9878;n1-controller-1:9878;n2-controller-2:9878',
  ],
  'controlled-broker': ['broker-a', 'controller-0:9878', 'controller-1:9878', 'controller-2:9878'],
}

/** Runs one command and returns the lines it prints. Throws a sentence for a command that cannot be run. */
export function runCommand(run: TraceRun, [name = '', ...words]: readonly string[]): Promise<readonly string[]> {
  const command = COMMANDS[name]
  if (command === undefined)
    throw new Error(`there is no command ${name}; known are ${Object.keys(COMMANDS).join(', ')}`)
  return command(run, words)
}

const COMMANDS: Readonly<Record<string, Command>> = {
  start: async ({ cluster }, [program = '', name = '', ...args]) => {
    await cluster.start({ name, program, args: [...(USUAL[program] ?? [NAMESRV]), ...args] })
    return []
  },
  restart: async ({ cluster }, [node = '']) => {
    await cluster.restart(node)
    return []
  },
  stop: ending((cluster, node) => cluster.stop(node)),
  kill: ending((cluster, node) => cluster.kill(node)),
  powercut: ending((cluster, node) => cluster.powerCut(node)),
  cut: async ({ cluster, heals }, [node = '']) => {
    const others = [...new Set(cluster.events.map((event) => event.node))].filter(
      (each) => each !== node && each !== '',
    )
    const { heal } = await cluster.inject({ kind: 'partition', between: [[node], others], held: 'keep' })
    heals.push(heal)
    return []
  },
  heal: async ({ heals }) => {
    for (const heal of heals.splice(0)) await heal()
    return []
  },
  admin: async ({ cluster }, words) => {
    if (!cluster.isRunning(ADMIN)) await cluster.start({ name: ADMIN, program: ADMIN, args: [NAMESRV] })
    const printed = await cluster.admin(ADMIN, words)
    return printed.trimEnd().split('\n')
  },
  send: async ({ cluster }, [node = '', key = '', ...options]) => {
    const { bodyBytes = 0, ...fields } = optionsOf(options)
    const message = { topic: 'Orders', key, body: `body of ${key}`.padEnd(Number(bodyBytes), '.'), ...fields }
    const { status, brokerName, queueId, queueOffset, error } = await cluster.produce(node, message)
    return [error === '' ? `${status}, ${brokerName} queue ${queueId} offset ${queueOffset}` : `${status}: ${error}`]
  },
  answer: async (run, [name = '', key = '', ...statuses]) => {
    listen(run)
    run.answers.set(`${name} ${key}`, [...statuses])
    return []
  },
  wait: async ({ cluster }, [text = '']) => {
    const [, count, unit] = /^(\d+)(ms|s|min)$/.exec(text) ?? []
    if (unit === undefined) throw new Error(`${text} is not a time; write 500ms, 5s or 2min`)
    await cluster.sleep(Number(count) * UNIT_MS[unit]!)
    return []
  },
  show: async ({ cluster }, [what, node = '', path = '']) => {
    if (what === 'deliveries') return deliveriesOf(cluster, node)
    if (what === 'files') {
      const files = await cluster.listFiles(node)
      return files.filter((file) => file.path.startsWith(path)).map((file) => `${file.path}  ${file.sizeBytes} bytes`)
    }
    const bytes = await cluster.readFile(node, path)
    if (bytes === undefined) throw new Error(`${node} has no file ${path}`)
    return [new TextDecoder().decode(bytes).replaceAll(/\s+/g, '')]
  },
}

function ending(end: (cluster: Cluster, node: string) => Promise<NodeExit>): Command {
  return async ({ cluster }, [node = '']) => {
    await end(cluster, node)
    return []
  }
}

/** `delayLevel=3` as a field of the message; digits are a number. */
function optionsOf(words: readonly string[]): Record<string, string | number> {
  return Object.fromEntries(
    words.map((word) => {
      const [name = '', value = ''] = word.split('=')
      return [name, /^\d+$/.test(value) ? Number(value) : value]
    }),
  )
}

/** Lets the applications answer from `answers`, each answer once. */
function listen({ cluster, answers }: TraceRun): void {
  if (answers.size > 0) return
  const next = (name: string, key: string, last: string) => answers.get(`${name} ${key}`)?.shift() ?? last
  cluster.onDelivery(({ key, group }) => next(group, key, 'CONSUME_SUCCESS'))
  for (const name of ['executeLocalTransaction', 'checkLocalTransaction'])
    cluster.onHanded(name, (_, text) => {
      const { key } = JSON.parse(text) as { key: string }
      return JSON.stringify({ state: next(name, key, 'COMMIT_MESSAGE'), afterMs: 0 })
    })
}

function deliveriesOf(cluster: Cluster, group: string): readonly string[] {
  return cluster
    .deliveries()
    .filter((delivery) => delivery.group === group)
    .map(
      ({ atMs, key, node, brokerName, queueId, queueOffset, reconsumeTimes, status }) =>
        `${seconds(atMs)}  ${key} to ${node}, from ${brokerName} queue ${queueId} offset ${queueOffset}, ` +
        `delivery ${reconsumeTimes + 1}: ${status}`,
    )
}
