/**
 * The official Java client as a `TestClient`: one JVM that runs the driver (java/driver), spoken to in lines of JSON.
 *
 * mqadmin gets a JVM of its own, started at the first `admin` call and again after a command line that made mqadmin
 * end its JVM. Every operation has a limit; when it passes, the caller gets an error that names the operation.
 */
import { Driver } from './java-driver.ts'
import type { JvmTuning } from './java-home.ts'
import { javaPeers, type RocketmqLine } from './java-toolchain.ts'
import type {
  ClientFeature,
  ConsumeOptions,
  ConsumeResult,
  ProduceOptions,
  ProduceResult,
  ReceivedMessage,
  RequestResult,
  RunningConsumer,
  SentMessage,
  TestClient,
  TransactionResult,
} from './messages.ts'

/** What a benchmark of the producer measured. */
export interface ProducerBenchmark {
  readonly sent: number
  readonly failed: number
  readonly firstFailure?: string
  /** SEND_OK per second of the measured time. */
  readonly perSecond: number
  readonly seconds: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

/** What a benchmark of the consumer measured. */
export interface ConsumerBenchmark {
  readonly received: number
  readonly seconds: number
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** How to run `benchmarkProducer`; 64 threads, 1 KiB, 3 s warm-up and 10 s measured unless given. */
export interface ProducerBenchmarkOptions {
  readonly group: string
  readonly topic: string
  readonly threads?: number
  readonly bodyBytes?: number
  readonly warmupSeconds?: number
  readonly seconds?: number
  /** What one call sends; a single message unless given. */
  readonly kind?: 'single' | 'batch' | 'delayed' | 'transaction'
  /** The messages of one call of the kind `batch`; 16 unless given. */
  readonly batch?: number
}

/** How to run `benchmarkConsumer`. */
export interface ConsumerBenchmarkOptions {
  readonly group: string
  readonly topic: string
  readonly count?: number
  readonly threads?: number
  /** Messages per call of the listener; 1 unless given. */
  readonly batchMax?: number
  readonly idleMs?: number
  readonly maxWaitMs?: number
}

/** How to send at a steady pace. */
export interface SteadyOptions {
  readonly group: string
  readonly topic: string
  readonly threads: number
  /** The pause of a thread after each send, in ms. */
  readonly gapMs: number
  readonly pollNameServerMs: number
  readonly keyPrefix: string
}

/** A producer that sends at a steady pace until it is stopped. */
export interface SteadyProducer {
  /** Resolves with the number of sends that failed. */
  stop(): Promise<{ readonly failed: number; readonly firstFailure?: string }>
}

/** Uses that missed. */
export interface CreateThenUse {
  readonly created: number
  readonly sent: number
  readonly changed: number
  readonly deleted: number
  readonly made: number
  readonly firstMiss: string
}

/** The official client, with what only it can do. */
export interface JavaClient extends TestClient {
  /** Exact version, such as 4.9.8. */
  readonly version: string
  /** Creates or changes a topic on the brokers named by address, and waits until the name server shows its queues. */
  createTopic(options: { topic: string; queues?: number; brokers: readonly string[] }): Promise<void>
  /** Orders of an operator, each used at once; how many uses missed, by kind. See `CreateThenUse.java`. */
  createThenUse(options: { topic: string; broker: string; cluster: string; tries: number }): Promise<CreateThenUse>
  /**
   * One mqadmin command line, `-n` added; resolves with all it printed. One that never ends by itself is interrupted when
   * its output matches `until`.
   */
  admin(args: readonly string[], until?: RegExp): Promise<string>
  /** Sends and consumes with signed requests, then tries a forged one and an unsigned one; their response codes. */
  signed(options: {
    accessKey: string
    secretKey: string
    group: string
    topic: string
    count: number
  }): Promise<{ received: number; forged: number; unsigned: number }>
  /** Reads properties texts by `java.util.Properties`: entries, or refused. */
  readProperties(
    texts: readonly string[],
  ): Promise<readonly { readonly entries?: Readonly<Record<string, string>>; readonly refused?: boolean }[]>
  /** Reads what a broker tells of itself as the Prometheus exporter does. */
  runtimeInfo(options: {
    broker: string
    longs: readonly string[]
    doubles: readonly string[]
    rates: readonly string[]
  }): Promise<{ readonly numbers: Readonly<Record<string, number>>; readonly faults: readonly string[] }>
  benchmarkProducer(options: ProducerBenchmarkOptions): Promise<ProducerBenchmark>
  benchmarkConsumer(options: ConsumerBenchmarkOptions): Promise<ConsumerBenchmark>
  /** Sends until it is stopped; calls `acknowledged` with the key of each message that the broker has stored. */
  sendSteadily(options: SteadyOptions, acknowledged: (key: string, atMs: number) => void): SteadyProducer
  /** Ends the JVM at once: its consumers neither commit nor unregister. */
  kill(): Promise<void>
}

const PRODUCE_LIMIT_MS = 120_000
const ADMIN_LIMIT_MS = 60_000
/** What an operation may take beyond its own `maxWaitMs`: starting and shutting down a client. */
const OVERHEAD_MS = 30_000
const CONSUME_WAIT_MS = 60_000
const FOREVER_MS = 600_000
const STEADY_LIMIT_MS = 6 * 3_600_000

/**
 * Starts the official client of a line.
 *
 * @param options.namesrv name server list, as the client takes it
 * @param options.tuning `full` for benchmarks; `quick` unless given
 * @throws {Error} with one sentence when Java or Maven is missing or fails
 */
export async function javaClient(options: {
  version: RocketmqLine
  namesrv: string
  tuning?: JvmTuning
  /** Further flags of the JVM, such as `-Dtls.enable=true`. */
  flags?: readonly string[]
}): Promise<JavaClient> {
  const peer = (await javaPeers())[options.version]
  const { namesrv, version: line } = options
  const name = `Java client ${peer.clientVersion}`
  const driver = await Driver.start(line, name, options.tuning, options.flags)
  let adminDriver: Driver | undefined

  const consumer = (op: 'consume' | 'litePull' | 'pull', consume: ConsumeOptions): RunningConsumer =>
    runningConsumer(driver, op, { ...consume, namesrv })

  return {
    name,
    version: peer.clientVersion,
    features: featuresOf(line),
    async produce(produce: ProduceOptions): Promise<ProduceResult> {
      const messages: SentMessage[] = []
      const done = await driver.run('produce', { ...produce, namesrv }, PRODUCE_LIMIT_MS, (event) => {
        messages.push(event as unknown as SentMessage)
      })
      return { ...(done as unknown as ProduceResult), messages }
    },
    async produceTransaction(produce): Promise<TransactionResult> {
      const messages: SentMessage[] = []
      const limitMs = PRODUCE_LIMIT_MS + produce.checkWaitMs
      const done = await driver.run('produceTransaction', { ...produce, namesrv }, limitMs, (event) => {
        messages.push(event as unknown as SentMessage)
      })
      return { ...(done as unknown as TransactionResult), messages }
    },
    consume: (consume) => consumer('consume', consume),
    litePull: (consume) => consumer('litePull', consume),
    pull: (consume) => consumer('pull', consume),
    async request(request): Promise<RequestResult> {
      return (await driver.run('request', { ...request, namesrv }, PRODUCE_LIMIT_MS)) as unknown as RequestResult
    },
    async createTopic(topic): Promise<void> {
      await driver.run('createTopic', { ...topic, namesrv }, OVERHEAD_MS)
    },
    async createThenUse(options): Promise<CreateThenUse> {
      return (await driver.run('createThenUse', { ...options, namesrv }, PRODUCE_LIMIT_MS)) as unknown as CreateThenUse
    },
    async admin(args, until): Promise<string> {
      if (!adminDriver?.isRunning) {
        await adminDriver?.stop()
        adminDriver = await Driver.start(line, `mqadmin ${peer.clientVersion}`)
      }
      const command = { args: [...args, '-n', namesrv], ...(until === undefined ? {} : { until: until.source }) }
      const done = await adminDriver.run('admin', command, ADMIN_LIMIT_MS)
      return String(done['output'])
    },
    async signed(options) {
      const done = await driver.run('signed', { ...options, namesrv }, PRODUCE_LIMIT_MS)
      return done as unknown as { received: number; forged: number; unsigned: number }
    },
    async readProperties(texts) {
      const { results } = await driver.run('readProperties', { texts }, OVERHEAD_MS)
      return results as readonly { entries?: Readonly<Record<string, string>>; refused?: boolean }[]
    },
    async runtimeInfo(options) {
      const done = await driver.run('runtimeInfo', { ...options, namesrv }, OVERHEAD_MS)
      return done as unknown as { numbers: Readonly<Record<string, number>>; faults: readonly string[] }
    },
    async benchmarkProducer(benchmark): Promise<ProducerBenchmark> {
      const seconds = (benchmark.warmupSeconds ?? 3) + (benchmark.seconds ?? 10)
      const done = await driver.run('benchmarkProducer', { ...benchmark, namesrv }, OVERHEAD_MS + seconds * 1000)
      return done as unknown as ProducerBenchmark
    },
    async benchmarkConsumer(benchmark): Promise<ConsumerBenchmark> {
      const limitMs = OVERHEAD_MS + (benchmark.maxWaitMs ?? CONSUME_WAIT_MS)
      const done = await driver.run('benchmarkConsumer', { ...benchmark, namesrv }, limitMs)
      return done as unknown as ConsumerBenchmark
    },
    sendSteadily(steady, acknowledged): SteadyProducer {
      const { id, done } = driver.begin('sendSteadily', { ...steady, namesrv }, STEADY_LIMIT_MS, (event) =>
        acknowledged(String(event['key']), Number(event['atMs'])),
      )
      done.catch(() => {}) // the caller gets the error from `stop`
      return {
        async stop() {
          driver.stopOperation(id)
          return (await done) as unknown as { failed: number; firstFailure?: string }
        },
      }
    },
    async stop(): Promise<void> {
      await Promise.all([driver.stop(), adminDriver?.stop()])
    },
    async kill(): Promise<void> {
      await Promise.all([driver.kill(), adminDriver?.kill()])
    },
  }
}

function featuresOf(line: RocketmqLine): ReadonlySet<ClientFeature> {
  const common: ClientFeature[] = [
    'selector',
    'orderly',
    'sql92',
    'broadcast',
    'transaction',
    'litePull',
    'pull',
    'request',
  ]
  return new Set(line === '4.9' ? common : [...common, 'brokerRebalance', 'timer'])
}

function runningConsumer(driver: Driver, op: string, options: ConsumeOptions & { namesrv: string }): RunningConsumer {
  const messages: ReceivedMessage[] = []
  const maxWaitMs = options.maxWaitMs ?? (options.expected === undefined ? FOREVER_MS : CONSUME_WAIT_MS)
  let queues = 0
  let isReady: () => void = () => {}
  let isNotReady: (error: unknown) => void = () => {}
  const ready = new Promise<void>((resolve, reject) => {
    isReady = resolve
    isNotReady = reject
  })
  ready.catch(() => {}) // whoever waits for it gets the error; nobody has to
  const operation = driver.begin(op, { ...options, maxWaitMs }, maxWaitMs + OVERHEAD_MS, (event) => {
    if (event['event'] === 'received') messages.push(event as unknown as ReceivedMessage)
    if (event['event'] === 'queues') {
      queues = Number(event['count'])
      if (queues > 0) isReady()
    }
  })
  const finished = operation.done.then((done) => {
    isNotReady(new Error(`consumer of ${options.topic} ended before it owned a queue`))
    return { ...(done as unknown as ConsumeResult), messages }
  })
  finished.catch(isNotReady)
  return {
    messages,
    get queues() {
      return queues
    },
    ready,
    finished,
    stop() {
      driver.stopOperation(operation.id)
      return finished
    },
  }
}
