/**
 * Runs servers in this process. When a server cannot start, the command fails with one sentence. Ctrl-C stops the servers.
 */
import { accessSync, constants, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { ConfigError, Settings } from '../common/properties-file.ts'
import type { NetworkTls } from '../host/node/network.ts'
import { createNodeHost } from '../host/node/node-host.ts'
import { tlsClient, tlsServer } from '../host/node/tls.ts'
import type { Program, RunningProgram } from '../host/program.ts'
import { SentenceError } from './sentence-error.ts'

/** What `startServer` needs for one server. */
export interface ServerOptions {
  readonly name: string
  /** The directory of the server's node. */
  readonly directory: string
  readonly program: Program
  readonly args: readonly string[]
  /** The settings that name certificates and keys. `startServer` reads these files for the host. */
  readonly settings?: ReadonlyMap<string, string>
  /** When true, every event is printed as a line of JSON. */
  readonly trace: boolean
}

/** A server that listens. `address` contains the real port, even when the settings contain port 0. */
export interface StartedServer {
  readonly address: string
  stop(): Promise<void>
}

/** The max time for stopping a server. After this time, the process no longer waits for the server. */
const STOP_WITHIN_MS = 15_000

/**
 * Starts a server and resolves when the server is ready. Throws or rejects with a `SentenceError` when the server cannot
 * start.
 */
export function startServer(options: ServerOptions): Promise<StartedServer> {
  checkDirectory(options.directory)
  let address = ''
  const host = createNodeHost({
    tls: tlsOf(options.settings),
    name: options.name,
    directory: options.directory,
    onLog: (level, text) => console.error(`${options.name} ${level}: ${text}`),
    onListening: (_wanted, real) => {
      if (address === '') address = real // a broker opens its second port later
    },
    ...(options.trace ? { onEvent: (event) => console.log(JSON.stringify(event)) } : {}),
  })
  return new Promise((resolve, reject) => {
    // Usually, the operating system cannot resolve the name of the node. So the server listens on the loopback address unless
    // its settings contain another address.
    const args = ['bindAddress=127.0.0.1', ...options.args]
    const running: RunningProgram = options.program(host, args, {
      ready: () => resolve({ address, stop: () => stopServer(running, () => host.dispose()) }),
      failed(sentence) {
        // It can happen that the server has opened a store before it failed. Stopping the server also closes this store.
        setImmediate(async () => {
          await stopServer(running, () => host.dispose())
          reject(new SentenceError(sentence))
        })
      },
    })
  })
}

/**
 * Creates the directory of a server when it is missing. Throws `SentenceError` when it cannot be created, listed, entered or
 * written.
 */
function checkDirectory(directory: string): void {
  try {
    createDirectories(directory)
    readdirSync(directory)
    accessSync(directory, constants.W_OK | constants.X_OK)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error)
    throw new SentenceError(
      `the directory ${directory} cannot be used (${code}): choose one in which this user may write files`,
    )
  }
}

/**
 * Creates a directory and its missing parents. Node's option `recursive` is not used: in /proc, a call with this option does
 * not return.
 */
function createDirectories(directory: string): void {
  if (existsSync(directory)) return
  createDirectories(dirname(directory))
  mkdirSync(directory)
}

/**
 * Reads certificates and keys from the files that the settings name. Throws `SentenceError` when a setting or a file is wrong.
 */
function tlsOf(entries: ReadonlyMap<string, string> = new Map()): NetworkTls {
  const settings = new Settings(entries, 'the configuration')
  try {
    return { server: tlsServer(settings), client: tlsClient(settings) }
  } catch (error) {
    if (error instanceof ConfigError) throw new SentenceError(error.message)
    throw error
  }
}

function stopServer(running: RunningProgram, dispose: () => void): Promise<void> {
  return new Promise((resolve) => {
    const limit = setTimeout(resolve, STOP_WITHIN_MS)
    running.stop(() => {
      clearTimeout(limit)
      dispose()
      resolve()
    })
  })
}

/**
 * Waits for SIGINT or SIGTERM. Then stops the servers, the last started server first. The sockets of the servers keep the
 * process running.
 */
export function serveUntilSignal(servers: readonly StartedServer[]): Promise<void> {
  return new Promise((resolve) => {
    let stopping = false
    const stop = async () => {
      if (stopping) return process.exit(130) // a second signal ends the process at once
      stopping = true
      for (const server of [...servers].reverse()) await server.stop()
      resolve()
      process.exit(0)
    }
    process.on('SIGINT', stop)
    process.on('SIGTERM', stop)
  })
}
