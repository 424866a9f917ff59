/**
 * `npm start`: builds the book if anything has changed since the last time, and serves it on this machine.
 *
 * Options: `--port N` (0 takes any free one), `--build` (build even if nothing changed), `--no-build` (serve what is there).
 * `GLASSMQ_BASE=book` builds and serves everything under `/book/`.
 */
import { existsSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { basePath, DEFAULT_PORT, HOST } from './config.ts'
import { DIST, ensureBuilt } from './lib/build.ts'
import { createStaticServer } from './lib/static-server.ts'

const HELP = `npm start [-- options]

Builds the book where needed and serves it on this machine.

  --port N     listen there; ${DEFAULT_PORT} by default, 0 for any free port
  --build      build even if nothing has changed
  --no-build   serve the last build as it is
  --help       this text

GLASSMQ_BASE=book puts everything under /book/.`

function fail(sentence: string): never {
  console.error(sentence)
  process.exit(1)
}

interface Options {
  readonly port: number
  readonly build: 'always' | 'never' | 'needed'
}

function readOptions(): Options {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: 'string', default: String(DEFAULT_PORT) },
        build: { type: 'boolean', default: false },
        'no-build': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
    if (values.help) {
      console.log(HELP)
      process.exit(0)
    }
    const port = Number(values.port)
    if (!Number.isInteger(port) || port < 0 || port > 65_535)
      fail(`--port ${values.port} is no port: give a number from 0 to 65535.`)
    return { port, build: values.build ? 'always' : values['no-build'] ? 'never' : 'needed' }
  } catch (error) {
    return fail(`${(error as Error).message.split(/[.\n]/)[0]}: try --help.`)
  }
}

/** Serves on the port, or ends with a sentence that says why not. */
function listen(server: Server, port: number): Promise<number> {
  return new Promise((done) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE')
        fail(
          `Port ${port} is in use: choose another, for example npm start -- --port ${port === 65_535 ? port - 1 : port + 1}.`,
        )
      fail(`The book cannot be served on port ${port}: ${error.message}.`)
    })
    server.listen(port, HOST, () => {
      const address = server.address()
      done(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}

const options = readOptions()
const base = basePath(process.env)
if (options.build === 'never') {
  if (!existsSync(join(DIST, 'index.html'))) fail(`There is no build in ${DIST}: leave out --no-build.`)
} else {
  // A port that is taken should be known before a minute of building, not after it.
  const probe = createServer()
  await listen(probe, options.port)
  await new Promise((done) => probe.close(done))
  await ensureBuilt((line) => console.log(line), options.build === 'always').catch((error: Error) =>
    fail(error.message),
  )
}

const server = createStaticServer(DIST, base)
const port = await listen(server, options.port)
console.log(`The book is at http://localhost:${port}${base}  (Ctrl+C stops it)`)
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    server.close(() => process.exit(0))
    server.closeAllConnections()
  })
}
