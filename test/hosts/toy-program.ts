/**
 * A toy system of three programs over `Host`, small enough to be understood at a glance and rich enough to show every
 * fault: the hosts and clusters are tested with it.
 *
 * | program    | does                                                                                              |
 * | ---------- | ------------------------------------------------------------------------------------------------- |
 * | `server`   | answers lines: `echo TEXT`, `append TEXT` (written, synced, then `stored N`), `count`, `tail`, `time` |
 * | `client`   | answers the script's calls: `ask` sends one line and returns the reply; `send` appends `key=body`   |
 * | `consumer` | tails a server and hands each line to the application, again after 1 s when it said later            |
 *
 * Arguments: the address of the server, `host:port`. Lines are UTF-8 and end with a line feed.
 */
import { decodeUtf8, encodeUtf8 } from '../../reference/common/utf8.ts'
import type { ConnectionHandler, ConnectionId, FileId, Host } from '../../reference/host/host.ts'
import type { Program, ProgramSignals, RunningProgram } from '../../reference/host/program.ts'

const LOG = 'store/log.txt'
const RETRY_MS = 1_000
const ASK_TIMEOUT_MS = 20_000

/** Cuts a stream of bytes into lines. */
function lineReader(onLine: (line: string) => void): (bytes: Uint8Array) => void {
  let waiting: number[] = []
  return (bytes) => {
    for (const byte of bytes) {
      if (byte !== 0x0a) waiting.push(byte)
      else {
        const line = decodeUtf8(Uint8Array.from(waiting))
        waiting = []
        onLine(line)
      }
    }
  }
}

function sendLine(host: Host, connection: ConnectionId, line: string): void {
  host.network.send(connection, encodeUtf8(`${line}\n`))
}

/** Where the next line goes, and what is there already. */
function readLog(host: Host): { file: FileId; lines: string[]; endBytes: number } {
  const file = host.disk.open(LOG)
  const bytes = host.disk.read(file, 0, host.disk.sizeBytes(LOG))
  const endBytes = bytes.lastIndexOf(0x0a) + 1
  const lines = decodeUtf8(bytes.subarray(0, endBytes)).split('\n').slice(0, -1)
  if (endBytes < bytes.length) host.disk.resize(file, endBytes) // a torn last line
  return { file, lines, endBytes }
}

export const server: Program = (host, args, signals) => {
  try {
    if (host.disk.lock('lock')) return serve(host, args, signals)
    signals.failed('another process holds the lock of this directory')
  } catch (error) {
    signals.failed((error as Error).message)
  }
  return { stop: (done) => done() }
}

function serve(host: Host, args: readonly string[], signals: ProgramSignals): RunningProgram {
  const log = readLog(host)
  const tailing = new Set<ConnectionId>()
  const connections = new Set<ConnectionId>()
  const append = (connection: ConnectionId, text: string) => {
    const line = encodeUtf8(`${text}\n`)
    try {
      host.disk.write(log.file, log.endBytes, line)
    } catch (error) {
      sendLine(host, connection, `refused ${(error as { code?: string }).code}`)
      return
    }
    log.endBytes += line.length
    log.lines.push(text)
    const number = log.lines.length
    host.disk.sync(log.file, (error) => {
      sendLine(host, connection, error === '' ? `stored ${number}` : `refused ${error}`)
      if (error === '') for (const tail of tailing) sendLine(host, tail, `line ${number} ${text}`)
    })
  }
  const answer = (connection: ConnectionId, line: string) => {
    const space = line.indexOf(' ')
    const command = space < 0 ? line : line.slice(0, space)
    const text = space < 0 ? '' : line.slice(space + 1)
    host.trace.emit?.('log.line', { level: 'info', text: command })
    if (command === 'echo') sendLine(host, connection, text)
    else if (command === 'append') append(connection, text)
    else if (command === 'count') sendLine(host, connection, `${log.lines.length}`)
    else if (command === 'time') sendLine(host, connection, `${host.clock.nowMs()}`)
    else if (command === 'draw') sendLine(host, connection, `${host.random.int('toy', 1_000_000)}`)
    else if (command === 'tail') {
      tailing.add(connection)
      for (let i = Number(text); i < log.lines.length; i++) sendLine(host, connection, `line ${i + 1} ${log.lines[i]}`)
    } else if (command === 'fail') throw new Error('asked to fail')
    else host.network.close(connection)
  }
  const listener = host.network.listen(args[0] ?? `${host.name}:7000`, {
    onListening: () => host.disk.syncDirectory('store', () => signals.ready()),
    onFailed: (reason) => signals.failed(reason),
    onConnection: (connection) => {
      connections.add(connection)
      const onBytes = lineReader((line) => answer(connection, line))
      return {
        onBytes: (_, bytes) => onBytes(bytes),
        onClosed: () => {
          connections.delete(connection)
          tailing.delete(connection)
        },
      }
    },
  })
  return {
    stop: (done) => {
      host.network.unlisten(listener)
      for (const connection of connections) host.network.close(connection)
      host.disk.sync(log.file, () => done())
    },
  }
}

export const client: Program = (host, args, signals): RunningProgram => {
  const address = args[0] ?? 'server:7000'
  const ask = (line: string, answered: (reply: string, error: string) => void) => {
    let isOver = false
    const end = (reply: string, error: string) => {
      if (isOver) return
      isOver = true
      host.clock.cancel(timer)
      host.network.close(connection)
      answered(reply, error)
    }
    const onBytes = lineReader((reply) => end(reply, ''))
    const handler: ConnectionHandler = {
      onOpened: (opened) => sendLine(host, opened, line),
      onBytes: (_, bytes) => onBytes(bytes),
      onClosed: (_, reason) => end('', reason),
    }
    const connection = host.network.connect(address, handler)
    const timer = host.clock.after(ASK_TIMEOUT_MS, () => end('', 'no answer in time'))
  }
  host.application.serve((name, text, answer) => {
    if (name === 'ask') ask(text, (reply, error) => answer(reply, error))
    else if (name === 'send') {
      const { key, body } = JSON.parse(text) as { key: string; body: string }
      ask(`append ${key}=${body}`, (reply, error) => {
        const status = reply.startsWith('stored ') ? 'SEND_OK' : 'FAILED'
        const queueOffset = status === 'SEND_OK' ? Number(reply.slice(7)) - 1 : -1
        answer(
          JSON.stringify({ status, msgId: key, brokerName: address, queueId: 0, queueOffset, error: error || reply }),
        )
      })
    } else if (name === 'admin') answer(`would run ${(JSON.parse(text) as string[]).join(' ')} on ${address}`)
    else answer('', `unknown call ${name}`)
  })
  signals.ready()
  return { stop: (done) => done() }
}

export const consumer: Program = (host, args, signals) => {
  const address = args[0] ?? 'server:7000'
  let next = 0
  let isStopping = false
  const hand = (number: number, line: string, reconsumeTimes: number) => {
    const [key = '', body = ''] = line.split('=')
    const message = { group: 'toy', topic: 'lines', key, body, msgId: key, brokerName: address, queueId: 0 }
    host.application.hand(
      'message',
      JSON.stringify({ ...message, queueOffset: number - 1, reconsumeTimes }),
      (reply) => {
        const { status } = JSON.parse(reply) as { status: string }
        if (status !== 'CONSUME_SUCCESS') host.clock.after(RETRY_MS, () => hand(number, line, reconsumeTimes + 1))
      },
    )
  }
  const connect = () => {
    const onBytes = lineReader((line) => {
      const parts = /^line (\d+) (.*)$/.exec(line)
      if (parts === null || Number(parts[1]) !== next + 1) return
      next++
      hand(next, parts[2]!, 0)
    })
    host.network.connect(address, {
      onOpened: (connection) => sendLine(host, connection, `tail ${next}`),
      onBytes: (_, bytes) => onBytes(bytes),
      onClosed: () => {
        if (!isStopping) host.clock.after(RETRY_MS, connect)
      },
    })
  }
  connect()
  signals.ready()
  return {
    stop: (done) => {
      isStopping = true
      done()
    },
  }
}

/** One door for the launcher: the first argument names the program. */
export const main: Program = (host: Host, args: readonly string[], signals: ProgramSignals): RunningProgram => {
  const program = { server, client, consumer }[args[0] ?? '']
  if (program !== undefined) return program(host, args.slice(1), signals)
  signals.failed(`no toy program ${args[0]}`)
  return { stop: (done) => done() }
}

/** Answers the call `loop` by never coming back: for the watchdog. */
export const busy: Program = (host, _args, signals) => {
  host.application.serve((name) => {
    while (name === 'loop') {
      // never ends
    }
  })
  signals.ready()
  return { stop: (done) => done() }
}
