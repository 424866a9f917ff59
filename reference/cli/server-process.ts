/**
 * Runs one server in this process: prints a line when it is ready, stops on Ctrl-C, and fails with one sentence.
 */
import { ConfigError, Settings } from '../common/properties-file.ts'
import type { NetworkTls } from '../host/node/network.ts'
import { createNodeHost } from '../host/node/node-host.ts'
import { tlsClient, tlsServer } from '../host/node/tls.ts'
import type { Program, RunningProgram } from '../host/program.ts'
import { SentenceError } from './sentence-error.ts'

/** The options of a server on the command line. */
export interface ServerOptions {
  readonly name: string
  /** The server's own directory. */
  readonly directory: string
  readonly program: Program
  readonly args: readonly string[]
  /** Its settings, for the part that belongs to the host: certificates. */
  readonly settings?: ReadonlyMap<string, string>
  /** Prints every event as a line of JSON. */
  readonly trace: boolean
}

/** A server that listens. `address` is where, with the real port. */
export interface StartedServer {
  readonly address: string
  stop(): Promise<void>
}

/** How long a server may take to stop before the process ends without waiting. */
const STOP_WITHIN_MS = 15_000

/** Starts a server; rejects with a SentenceError when it cannot start. */
export function startServer(options: ServerOptions): Promise<StartedServer> {
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
    // On a developer's machine the node's name is not an address: it listens on loopback, unless its settings say otherwise.
    const args = ['bindAddress=127.0.0.1', ...options.args]
    const running: RunningProgram = options.program(host, args, {
      ready: () => resolve({ address, stop: () => stopServer(running, () => host.dispose()) }),
      failed(sentence) {
        // It may have opened a store before it failed: stop it, so that the store is closed and nothing keeps running.
        setImmediate(async () => {
          await stopServer(running, () => host.dispose())
          reject(new SentenceError(sentence))
        })
      },
    })
  })
}

/** Certificates and keys are files of this machine, so they are read here. Throws `SentenceError`. */
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

/** Keeps the process running until it is asked to stop, then stops the servers, the last started first. */
export function serveUntilSignal(servers: readonly StartedServer[]): Promise<void> {
  return new Promise((resolve) => {
    let stopping = false
    const stop = async () => {
      if (stopping) return process.exit(130) // the second request ends the process at once
      stopping = true
      for (const server of [...servers].reverse()) await server.stop()
      resolve()
      process.exit(0)
    }
    process.on('SIGINT', stop)
    process.on('SIGTERM', stop)
  })
}
