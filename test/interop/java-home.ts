/**
 * The folder and the flags a JVM of the tests runs with.
 *
 * Each JVM gets a temporary folder as its working directory, its `user.home` (logs, broadcast offsets, the default
 * store) and its ROCKETMQ_HOME. Logging is kept to warnings in `logs/rocketmq.log` there. The 4.9 servers and tools
 * read `conf/logback_*.xml` below ROCKETMQ_HOME and do not start without it; 5.x reads the file named by
 * `rmq.logback.configurationFile`, with class names moved below `org.apache.rocketmq.logging`.
 *
 * JDK 17 and 4.9: unmapping a file reaches into java.nio and jdk.internal.ref by reflection, hence `--add-opens`.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TemporaryFolder, temporaryFolder } from '../support/temp.ts'
import type { RocketmqLine } from './java-toolchain.ts'

/** Opened to unnamed modules in every JVM. */
const ADD_OPENS = [
  'java.base/java.lang',
  'java.base/java.lang.reflect',
  'java.base/java.nio',
  'java.base/java.util',
  'java.base/sun.nio.ch',
  'java.base/jdk.internal.ref',
]

/** One JVM's folder and flags. */
export interface JavaHome {
  readonly path: string
  readonly env: Readonly<Record<string, string>>
  /** Everything before `-cp`. */
  readonly flags: readonly string[]
  /** The end of its log, for an error message; empty when it wrote none. */
  logTail(): string
  remove(): void
}

/**
 * How a JVM loads, compiles and collects: `quick` stops at the first compiler, collects serially, and does not verify the
 * classes that it loads, which is worth most in a life of a minute on two cores; `full` leaves all three to the JVM, as a
 * benchmark should. The classes are the official artifacts: Maven has compared their checksums.
 */
export type JvmTuning = 'quick' | 'full'

/** Instead of 20 s: a queue that a client learns of late, such as a new retry topic's, is taken up soon. */
const REBALANCE_EVERY_MS = 2_000

const QUICK_FLAGS = [
  '-XX:TieredStopAtLevel=1',
  '-XX:+UseSerialGC',
  '-XX:+UnlockDiagnosticVMOptions',
  '-XX:-BytecodeVerificationRemote',
]

/**
 * Makes a JVM's folder.
 *
 * @param options.purpose a word for the folder's name
 * @param options.heapMiB -Xms and -Xmx, in MiB
 */
export function javaHome(options: {
  line: RocketmqLine
  purpose: string
  heapMiB: { readonly min: number; readonly max: number }
  tuning?: JvmTuning
}): JavaHome {
  const { line, purpose, heapMiB, tuning = 'quick' } = options
  const folder: TemporaryFolder = temporaryFolder(purpose)
  const path = folder.path
  const log = join(path, 'logs', 'rocketmq.log')
  const conf = join(path, 'conf')
  mkdirSync(conf)
  for (const name of ['broker', 'namesrv', 'tools']) {
    writeFileSync(join(conf, `logback_${name}.xml`), logbackConfig(line, log))
  }
  return {
    path,
    env: { ROCKETMQ_HOME: path, NAMESRV_ADDR: '' },
    flags: [
      `-Xms${heapMiB.min}m`,
      `-Xmx${heapMiB.max}m`,
      '-XX:MaxDirectMemorySize=512m',
      ...(tuning === 'quick' ? QUICK_FLAGS : []),
      '-XX:-UsePerfData',
      `-Duser.home=${path}`,
      '-Djava.net.preferIPv4Stack=true',
      `-Djava.io.tmpdir=${path}`,
      `-Dlogback.configurationFile=${join(conf, 'logback_tools.xml')}`,
      `-Drmq.logback.configurationFile=${join(conf, 'logback_tools.xml')}`,
      '-Drocketmq.client.logLevel=WARN',
      `-Drocketmq.client.rebalance.waitInterval=${REBALANCE_EVERY_MS}`,
      ...ADD_OPENS.flatMap((module) => ['--add-opens', `${module}=ALL-UNNAMED`]),
    ],
    logTail: () => (existsSync(log) ? readFileSync(log, 'utf8').split('\n').slice(-30).join('\n') : ''),
    remove: () => folder.remove(),
  }
}

function logbackConfig(line: RocketmqLine, log: string): string {
  const prefix = line === '4.9' ? '' : 'org.apache.rocketmq.logging.'
  return `<?xml version="1.0" encoding="UTF-8"?>
<configuration>
  <appender name="file" class="${prefix}ch.qos.logback.core.FileAppender">
    <file>${log}</file>
    <encoder><pattern>%d{HH:mm:ss.SSS} %level %logger{20} %msg%n</pattern></encoder>
  </appender>
  <root level="WARN"><appender-ref ref="file"/></root>
</configuration>
`
}
