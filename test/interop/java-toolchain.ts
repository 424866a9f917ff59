/**
 * Java for the interoperability tests: is it there, and where are the class paths?
 *
 * `javaAvailable()` tells the reason when it is not. `javaPeers()` resolves the official artifacts named in
 * java/pom.xml with Maven, compiles the driver against the 4.9 and the 5.3 client, and keeps both under
 * java/target/peers-<hash of pom files and driver sources>, which Git ignores. The second run finds the folder and
 * checks only that the jars are still there. Two programs may ask at once: one resolves, the other waits.
 *
 *   peers-<hash>/client-4.9.classpath   rocketmq-client, rocketmq-tools      classes-4.9/   the driver
 *               /server-4.9.classpath   rocketmq-namesrv, rocketmq-broker    classes-5.3/   the same sources
 *               /client-5.3.classpath   /server-5.3.classpath
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** The two lines of RocketMQ that are tested against; the exact versions stand in java/pom.xml. */
export type RocketmqLine = '4.9' | '5.3'

/** Both lines, oldest first. */
export const ROCKETMQ_LINES: readonly RocketmqLine[] = ['4.9', '5.3']

/** One line's class paths. */
export interface JavaPeer {
  /** For the driver and mqadmin, driver classes included. */
  readonly clientClassPath: string
  /** For the official name server and broker, driver classes included. */
  readonly serverClassPath: string
  /** Exact versions, read from the jars' names. */
  readonly clientVersion: string
  readonly serverVersion: string
}

/** Whether the Java peers can run here. */
export type JavaAvailability =
  | { readonly available: true; readonly java: string; readonly javaVersion: number }
  | { readonly available: false; readonly reason: string }

const JAVA_VERSION_MIN = 11
const TOOL_LIMIT_MS = 30_000
const MAVEN_LIMIT_MS = 330_000
const JAVAC_LIMIT_MS = 120_000
const LOCK_LIMIT_MS = MAVEN_LIMIT_MS + JAVAC_LIMIT_MS
const PROGRESS_EVERY_MS = 5_000
const KEEP_OLD_MS = 24 * 3_600_000

const JAVA_FOLDER = fileURLToPath(new URL('./java', import.meta.url))
const TARGET_FOLDER = join(JAVA_FOLDER, 'target')
const DRIVER_FOLDER = join(JAVA_FOLDER, 'driver', 'glassmq', 'interop')

let availability: Promise<JavaAvailability> | undefined
let peers: Promise<Readonly<Record<RocketmqLine, JavaPeer>>> | undefined

/** Looks for a JDK (JAVA_HOME first, then PATH) and Maven; asks the machine once. */
export function javaAvailable(): Promise<JavaAvailability> {
  availability ??= lookForJava()
  return availability
}

/** Why the official peers cannot run here, in a few words; '' when they can. */
export async function javaMissing(): Promise<string> {
  const found = await javaAvailable()
  return found.available ? '' : found.reason
}

/**
 * The class paths of both lines, resolved and compiled if need be; does the work once per process.
 *
 * @param progress gets one line now and then while Maven works; the default writes to standard error
 * @throws {Error} with one sentence when Java or Maven is missing, or either fails or takes too long
 */
export function javaPeers(progress = reportProgress): Promise<Readonly<Record<RocketmqLine, JavaPeer>>> {
  peers ??= findPeers(progress)
  return peers
}

/** The `java` launcher to use. */
export async function javaCommand(): Promise<string> {
  const found = await javaAvailable()
  if (!found.available) throw new Error(`the Java peers cannot run: ${found.reason}`)
  return found.java
}

function reportProgress(line: string): void {
  process.stderr.write(`interop: ${line}\n`)
}

function tool(name: string): string {
  const home = process.env['JAVA_HOME']
  const inHome = home ? join(home, 'bin', name) : ''
  return inHome !== '' && existsSync(inHome) ? inHome : name
}

async function lookForJava(): Promise<JavaAvailability> {
  const java = tool('java')
  const javaText = await run(java, ['-version'], TOOL_LIMIT_MS)
  if (!javaText.worked) return { available: false, reason: 'Java not found (no java in JAVA_HOME or PATH)' }
  const javaVersion = Number(/version "(?:1\.)?(\d+)/.exec(javaText.output)?.[1] ?? 0)
  if (javaVersion < JAVA_VERSION_MIN) {
    return { available: false, reason: `Java ${javaVersion} found, ${JAVA_VERSION_MIN} or newer is needed` }
  }
  const javac = await run(tool('javac'), ['-version'], TOOL_LIMIT_MS)
  if (!javac.worked) return { available: false, reason: 'Java found, but no compiler (javac): a JDK is needed' }
  const maven = await run('mvn', ['--version'], TOOL_LIMIT_MS)
  if (!maven.worked) return { available: false, reason: 'Maven not found (no mvn in PATH)' }
  return { available: true, java, javaVersion }
}

async function findPeers(progress: (line: string) => void): Promise<Readonly<Record<RocketmqLine, JavaPeer>>> {
  await javaCommand()
  const folder = join(TARGET_FOLDER, `peers-${sourcesHash()}`)
  mkdirSync(TARGET_FOLDER, { recursive: true })
  const unlock = await lock(join(TARGET_FOLDER, 'resolving.lock'), progress)
  try {
    if (!isComplete(folder)) {
      rmSync(folder, { recursive: true, force: true })
      await resolveInto(folder, progress)
      removeOthers(folder)
    }
  } finally {
    unlock()
  }
  return { '4.9': peerOf(folder, '4.9'), '5.3': peerOf(folder, '5.3') }
}

function pomFiles(): string[] {
  const modules = ROCKETMQ_LINES.flatMap((line) => [`client-${line}`, `server-${line}`])
  return ['pom.xml', ...modules.map((module) => join(module, 'pom.xml'))].map((name) => join(JAVA_FOLDER, name))
}

function driverSources(): string[] {
  return readdirSync(DRIVER_FOLDER)
    .filter((name) => name.endsWith('.java'))
    .sort()
    .map((name) => join(DRIVER_FOLDER, name))
}

function sourcesHash(): string {
  const hash = createHash('sha256')
  for (const path of [...pomFiles(), ...driverSources()])
    hash.update(path.slice(JAVA_FOLDER.length)).update(readFileSync(path))
  return hash.digest('hex').slice(0, 16)
}

function classPathFile(folder: string, module: string): string {
  return join(folder, `${module}.classpath`)
}

function readClassPath(folder: string, module: string): string {
  return readFileSync(classPathFile(folder, module), 'utf8').trim()
}

function isComplete(folder: string): boolean {
  if (!existsSync(folder)) return false
  return ROCKETMQ_LINES.every(
    (line) =>
      existsSync(join(folder, `classes-${line}`)) &&
      [`client-${line}`, `server-${line}`].every(
        (module) =>
          existsSync(classPathFile(folder, module)) &&
          readClassPath(folder, module)
            .split(delimiter)
            .every((jar) => existsSync(jar)),
      ),
  )
}

async function resolveInto(folder: string, progress: (line: string) => void): Promise<void> {
  const building = `${folder}.building`
  rmSync(building, { recursive: true, force: true })
  mkdirSync(building, { recursive: true })
  await resolveClassPaths(building, progress)
  for (const line of ROCKETMQ_LINES) await compileDriver(building, line, progress)
  renameSync(building, folder)
}

async function resolveClassPaths(folder: string, progress: (line: string) => void): Promise<void> {
  const startedAt = Date.now()
  const seconds = (): string => `${Math.round((Date.now() - startedAt) / 1000)} s`
  progress('resolving the official RocketMQ artifacts with Maven (only the first time)')
  const timer = setInterval(() => progress(`still resolving, ${seconds()}`), PROGRESS_EVERY_MS)
  const args = ['--batch-mode', '--quiet', '--no-transfer-progress', '-Dstyle.color=never', '-f', JAVA_FOLDER]
  const maven = await run(
    'mvn',
    [...args, `-Dinterop.classpath.dir=${folder}`, 'dependency:build-classpath'],
    MAVEN_LIMIT_MS,
  )
  clearInterval(timer)
  if (!maven.worked) {
    const why = maven.timedOut ? `gave no result within ${MAVEN_LIMIT_MS / 1000} s` : firstError(maven.output)
    throw new Error(`Maven could not resolve the official RocketMQ artifacts after ${seconds()}: ${why}`)
  }
  progress(`resolved in ${seconds()}`)
}

function firstError(output: string): string {
  const line = output.split('\n').find((each) => each.startsWith('[ERROR]'))
  return line?.slice('[ERROR]'.length).trim() ?? (output.trim().slice(0, 500) || 'it said nothing')
}

async function compileDriver(folder: string, line: RocketmqLine, progress: (line: string) => void): Promise<void> {
  progress(`compiling the driver for ${line}`)
  const classes = join(folder, `classes-${line}`)
  mkdirSync(classes)
  const classPath = readClassPath(folder, `client-${line}`)
  const flags = ['--release', '8', '-nowarn', '-Xlint:-options', '-proc:none', '-encoding', 'UTF-8']
  const javac = await run(
    tool('javac'),
    [...flags, '-cp', classPath, '-d', classes, ...driverSources()],
    JAVAC_LIMIT_MS,
  )
  if (!javac.worked) throw new Error(`the driver does not compile against the ${line} client:\n${javac.output}`)
}

function peerOf(folder: string, line: RocketmqLine): JavaPeer {
  const finalClasses = join(folder, `classes-${line}`)
  const client = readClassPath(folder, `client-${line}`)
  const server = readClassPath(folder, `server-${line}`)
  return {
    clientClassPath: finalClasses + delimiter + client,
    serverClassPath: finalClasses + delimiter + server,
    clientVersion: versionOf(client, 'rocketmq-client'),
    serverVersion: versionOf(server, 'rocketmq-broker'),
  }
}

function versionOf(classPath: string, artifact: string): string {
  const version = new RegExp(`${artifact}-(\\d[^/\\\\]*)\\.jar`).exec(classPath)?.[1]
  if (!version) throw new Error(`the resolved class path holds no ${artifact}`)
  return version
}

/** Removes what earlier sources left, unless it is so new that a running JVM may still load classes from it. */
function removeOthers(folder: string): void {
  for (const name of readdirSync(TARGET_FOLDER)) {
    const path = join(TARGET_FOLDER, name)
    if (!name.startsWith('peers-') || path === folder) continue
    if (Date.now() - statSync(path).mtimeMs > KEEP_OLD_MS) rmSync(path, { recursive: true, force: true })
  }
}

/** Takes the lock file, or waits for its owner; a lock whose owner is dead is taken over. */
async function lock(path: string, progress: (line: string) => void): Promise<() => void> {
  const until = Date.now() + LOCK_LIMIT_MS
  for (let told = false; ; ) {
    try {
      const file = openSync(path, 'wx')
      writeSync(file, String(process.pid))
      closeSync(file)
      return () => rmSync(path, { force: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    if (!ownerLives(path)) {
      rmSync(path, { force: true })
      continue
    }
    if (Date.now() > until) throw new Error(`another program has been resolving the Java peers for too long (${path})`)
    if (!told) progress('waiting for another program that resolves the Java peers')
    told = true
    await sleep(200)
  }
}

function ownerLives(path: string): boolean {
  try {
    process.kill(Number(readFileSync(path, 'utf8')) || process.pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

interface RunResult {
  readonly worked: boolean
  readonly timedOut: boolean
  readonly output: string
}

function run(command: string, args: readonly string[], limitMs: number): Promise<RunResult> {
  return new Promise((resolve) => {
    execFile(
      command,
      args,
      { timeout: limitMs, killSignal: 'SIGKILL', maxBuffer: 16 * 1024 * 1024 },
      (error, out, err) => {
        resolve({ worked: error === null, timedOut: error?.killed === true, output: out + err })
      },
    )
  })
}
