/**
 * A run of a check with a part of its script left out: the same seed, the same script, and some of its calls do nothing.
 *
 * | left out    | what the script sees                                                              |
 * | ----------- | --------------------------------------------------------------------------------- |
 * | `inject 2`  | its second fault begins and ends, and nothing happens                                |
 * | `kill 1`, `stop 1`, `powerCut 1`, `restart 1` | the node goes on as it was                         |
 * | `writeFile 1` | the file stays as it was                                                             |
 * | `node x`    | the node seems to run; calls of it fail                                              |
 * | `produce 3` | the third message is not sent, and the script is told that: `FAILED`                 |
 *
 * `sleepsMs` holds shorter times by the number of a `sleep`. Calls are numbered from 1, in the order of the script. The
 * promises of calls that are made are handed on as they are, so a run with nothing left out is the run itself.
 */
import type { Cluster, Fault, NodeExit, NodeSpec, ProduceResult, ScriptMessage } from '../../reference/host/cluster.ts'

/** What is left out, and which waits are shorter. */
export interface Schedule {
  readonly without: readonly string[]
  readonly sleepsMs: Readonly<Record<string, number>>
}

/** A part that can be left out. */
export const PART = /^(?:(?:inject|kill|stop|powerCut|restart|writeFile|produce) [1-9]\d{0,4}|node [\w.@-]{1,100})$/
/** Parts and waits of a schedule. */
export const PARTS_MAX = 1_000

export const WHOLE: Schedule = { without: [], sleepsMs: {} }

/** A call that the script made. */
export interface ScriptCall {
  /** As in `Schedule.without`; `sleep n` for a wait; '' for what cannot be left out. */
  readonly part: string
  readonly atMs: number
  /** What it does, for people; '' for a wait. */
  readonly words: string
  /** The time of a wait. */
  readonly sleepMs?: number
}

/** What a call says that was left out: a failure that holds these words comes of the omission. */
export const LEFT_OUT = 'is left out of this run'

/** The cluster as a script sees it under a schedule. `calls` gets each call that is made. */
export function scheduled(cluster: Cluster, { without, sleepsMs }: Schedule, calls: ScriptCall[] = []): Cluster {
  const leftOut = new Set(without)
  const counts = new Map<string, number>()
  /** Names a part, and keeps the call when it is made. */
  const isMade = (kind: string, words: string): boolean => {
    const number = (counts.get(kind) ?? 0) + 1
    counts.set(kind, number)
    const part = `${kind} ${number}`
    if (leftOut.has(part)) return false
    calls.push({ part, atMs: cluster.nowMs(), words })
    return true
  }
  const isAbsent = (node: string) => leftOut.has(`node ${node}`)
  const end = (kind: 'kill' | 'stop' | 'powerCut', node: string, words: string, reason?: string): Promise<NodeExit> => {
    if (isAbsent(node) || !isMade(kind, `${words} ${node}`)) return Promise.resolve({ how: 'killed', reason: '' })
    return kind === 'powerCut' ? cluster.powerCut(node, reason) : cluster[kind](node)
  }
  const absent = (node: string) => Promise.reject(new Error(`${node} ${LEFT_OUT}`))
  return {
    kind: cluster.kind,
    seed: cluster.seed,
    can: cluster.can,
    start(spec: NodeSpec) {
      // it runs still, because its end was left out
      if (isAbsent(spec.name) || (without.length > 0 && cluster.isRunning(spec.name))) return Promise.resolve()
      calls.push({ part: `node ${spec.name}`, atMs: cluster.nowMs(), words: `starts ${spec.name} (${spec.program})` })
      return cluster.start(spec)
    },
    restart(node: string) {
      const isLeftOut = isAbsent(node) || !isMade('restart', `starts ${node} again`)
      return isLeftOut || (without.length > 0 && cluster.isRunning(node)) ? Promise.resolve() : cluster.restart(node)
    },
    stop: (node) => end('stop', node, 'stops'),
    kill: (node) => end('kill', node, 'kills'),
    powerCut: (node, reason) => end('powerCut', node, 'cuts the power of', reason),
    isRunning: (node) => isAbsent(node) || cluster.isRunning(node),
    async inject(fault: Fault) {
      const kept = faultWithout(fault, isAbsent)
      if (kept === undefined || !isMade('inject', faultWords(kept))) return { heal: async () => {} }
      const number = counts.get('inject')!
      const begun = await cluster.inject(kept)
      return {
        heal() {
          calls.push({ part: '', atMs: cluster.nowMs(), words: `ends fault ${number}` })
          return begun.heal()
        },
      }
    },
    call: (node, name, text) => (isAbsent(node) ? absent(node) : cluster.call(node, name, text)),
    produce(node: string, message: ScriptMessage): Promise<ProduceResult> {
      if (!isAbsent(node) && isMade('produce', `${node} sends ${message.key || 'a message'} to ${message.topic}`))
        return cluster.produce(node, message)
      const nothing = { msgId: '', brokerName: '', queueId: -1, queueOffset: -1 }
      return Promise.resolve({ status: 'FAILED', ...nothing, error: `it ${LEFT_OUT}` })
    },
    admin(node, command) {
      if (isAbsent(node)) return absent(node)
      calls.push({ part: '', atMs: cluster.nowMs(), words: `${node} runs ${command.join(' ')}` })
      const answer = cluster.admin(node, command)
      if (command[0]?.startsWith('query') === true)
        void answer.then(
          (text) => calls.push({ part: '', atMs: cluster.nowMs(), words: `${node} prints ${printedWords(text)}` }),
          () => {},
        )
      return answer
    },
    deliveries: () => cluster.deliveries(),
    onDelivery: (decide) => cluster.onDelivery(decide),
    onHanded: (name, decide) => cluster.onHanded(name, decide),
    nowMs: () => cluster.nowMs(),
    sleep(ms: number) {
      const number = (counts.get('sleep') ?? 0) + 1
      counts.set('sleep', number)
      const sleepMs = Math.min(ms, sleepsMs[number] ?? ms)
      calls.push({ part: `sleep ${number}`, atMs: cluster.nowMs(), words: '', sleepMs })
      return cluster.sleep(sleepMs)
    },
    waitUntil: (what, holds, withinMs) => cluster.waitUntil(what, holds, withinMs),
    readFile: (node, path) => cluster.readFile(node, path),
    writeFile(node, path, bytes) {
      if (isAbsent(node) || !isMade('writeFile', `writes ${path} of ${node}`)) return Promise.resolve()
      return cluster.writeFile(node, path, bytes)
    },
    listFiles: (node) => cluster.listFiles(node),
    get events() {
      return cluster.events
    },
    step(text: string) {
      calls.push({ part: '', atMs: cluster.nowMs(), words: text })
      cluster.step(text)
    },
    dispose: () => cluster.dispose(),
  }
}

/** What a command found, in one line: the rows below the line of titles. */
function printedWords(text: string): string {
  const rows = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'))
  if (rows.length === 0) return 'nothing'
  return `${rows.length} ${rows.length === 1 ? 'row' : 'rows'}: ${rows.map((row) => row.trim().replace(/\s+/g, ' ')).join(' | ')}`
}

/** A fault among the nodes that are there; undefined when nothing of it is left. */
function faultWithout(fault: Fault, isAbsent: (node: string) => boolean): Fault | undefined {
  if (fault.kind === 'partition') {
    const [one, other] = fault.between.map((side) => side.filter((node) => !isAbsent(node))) as [string[], string[]]
    return one.length === 0 || other.length === 0 ? undefined : { ...fault, between: [one, other] }
  }
  if (fault.kind === 'link') return isAbsent(fault.from) || isAbsent(fault.to) ? undefined : fault
  return isAbsent(fault.node) ? undefined : fault
}

function faultWords(fault: Fault): string {
  switch (fault.kind) {
    case 'partition':
      return `cuts ${fault.between[0].join(', ')} off from ${fault.between[1].join(', ')}`
    case 'link': {
      const { from, to, delayMs, bytesPerSecond, refuse, hold } = fault
      const what = [
        delayMs === undefined ? '' : `slower by ${delayMs} ms`,
        bytesPerSecond === undefined ? '' : `carrying ${bytesPerSecond} bytes a second`,
        refuse === true ? 'refusing connections' : '',
        hold === true ? 'holding all bytes' : '',
      ].filter((each) => each !== '')
      return `from now on the link between ${from} and ${to} is ${what.join(', ')}`
    }
    case 'pause':
      return `halts ${fault.node}`
    case 'clock':
      return `moves the clock of ${fault.node} by ${fault.skewMs} ms`
    case 'disk':
      return `makes the disk of ${fault.node} fail: ${fault.fails}${fault.delayMs === undefined ? '' : ` by ${fault.delayMs} ms`}`
  }
}
