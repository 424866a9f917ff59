/**
 * Implements `Network` with real sockets.
 *
 * Bytes are written to the socket at the end of the turn of the event loop in which the program sent them. Small pieces are
 * first copied into one piece, because one large piece is written one and a half times as fast as many small pieces. The
 * program receives bytes as `Uint8Array` and not as `Buffer`, because `slice` of a `Buffer` does not copy.
 *
 * Connections close as in the simulated network. After `close` or `reset`, the program receives no more bytes, and
 * `onClosed` is called once. When the peer closes its side, the whole connection is closed. So a connection is never closed
 * in only one direction. A program must not depend on the exact time of a reset.
 *
 * Connections may be encrypted (`tls.ts`). A program does not notice the encryption.
 *
 * RocketMQ: `NettyRemotingServer`, `NettyRemotingClient`. Not in GlassMQ: proxies, IPv6 literals.
 */
import { connect, createServer, type Server, type Socket } from 'node:net'
import { connect as connectTls, TLSSocket } from 'node:tls'
import { NO_HANDLER } from '../guard.ts'
import type { ConnectionHandler, ConnectionId, ListenerId, ListenHandler, Network } from '../host.ts'
import { CLOSE_LINGER_MS, CONNECT_TIMEOUT_MS, SEND_BUFFER_BYTES, SEND_BUFFER_BYTES_MAX } from '../limits.ts'
import { splitAddress } from '../paths.ts'
import type { LabHosts } from './lab-hosts.ts'
import { acceptTls, type TlsClient, type TlsServer } from './tls.ts'

/** Small pieces are copied into pieces of at most this size. Larger pieces are written without a copy. */
const COPY_BYTES_MAX = 64 * 1024

/** The encryption of accepted and of outgoing connections. Undefined means that the connections are not encrypted. */
export interface NetworkTls {
  readonly server?: TlsServer | undefined
  readonly client?: TlsClient | undefined
}

interface RealConnection {
  readonly id: ConnectionId
  readonly socket: Socket
  handler: ConnectionHandler
  /** The bytes that the program has sent in this turn of the event loop, and that are not written yet. */
  pending: Uint8Array[]
  pendingBytes: number
  state: 'connecting' | 'open' | 'closing' | 'closed'
  /** True when this side has closed or reset the connection. After that, the program receives no more bytes. */
  isDeaf: boolean
  isOverfull: boolean
  /** The phrase with which the socket failed, or '' when the socket has not failed. */
  failure: string
  timer: NodeJS.Timeout | undefined
}

/** The sockets of this machine. */
export class NodeNetwork implements Network {
  readonly #names: LabHosts
  readonly #onListening: (wanted: string, address: string) => void
  readonly #tls: NetworkTls
  readonly #connections = new Map<ConnectionId, RealConnection>()
  readonly #listeners = new Map<ListenerId, Server>()
  #nextId = 1
  /** The connections that have bytes to write at the end of this turn of the event loop. */
  #unwritten: RealConnection[] = []
  readonly #writeAll = () => {
    const connections = this.#unwritten
    this.#unwritten = []
    for (const connection of connections) this.#write(connection)
  }

  /**
   * `onListening` is called with the requested and the real address of each listener. A lab writes these addresses to its
   * names file.
   */
  constructor(names: LabHosts, onListening: (wanted: string, address: string) => void, tls: NetworkTls = {}) {
    this.#names = names
    this.#onListening = onListening
    this.#tls = tls
  }

  listen(address: string, handler: ListenHandler): ListenerId {
    const id = this.#nextId++
    const parts = splitAddress(address)
    if (parts === undefined) {
      setImmediate(() => handler.onFailed(`cannot listen on ${address}: not host:port`))
      return id
    }
    const server = createServer({ noDelay: true }, (socket) => this.#accept(socket, handler))
    this.#listeners.set(id, server)
    const host = parts.host === '' ? '0.0.0.0' : this.#names.resolve(parts.host) || parts.host
    let mayMove = this.#names.isLab && parts.port !== 0
    let isUp = false
    server.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' && mayMove) {
        mayMove = false // in a lab, the node uses another port under the same name
        server.listen(0, host)
      } else if (isUp)
        return // the error concerns only one connection, and the listener continues
      else if (this.#listeners.delete(id)) handler.onFailed(`cannot listen on ${address}: ${phraseOf(error)}`)
    })
    server.on('listening', () => {
      isUp = true
      const bound = server.address()
      const real = typeof bound === 'object' && bound !== null ? `${bound.address}:${bound.port}` : address
      this.#onListening(address, real)
      if (this.#listeners.has(id)) handler.onListening?.(real)
    })
    server.listen(parts.port, host)
    return id
  }

  unlisten(listener: ListenerId): void {
    const server = this.#listeners.get(listener)
    this.#listeners.delete(listener)
    server?.close()
  }

  connect(address: string, handler: ConnectionHandler): ConnectionId {
    const target = this.#names.target(address)
    if (target === undefined) {
      const id = this.#nextId++
      setImmediate(() => handler.onClosed(id, 'connection refused'))
      return id
    }
    // the time limit for the connect is cancelled when the connection opens
    const { client } = this.#tls
    const place = { host: target.host, port: target.port, noDelay: true }
    const socket =
      client === undefined
        ? connect(place)
        : connectTls({ ...place, ...client.options, rejectUnauthorized: client.authServer, servername: '' })
    const connection = this.#attach(socket, 'connecting')
    connection.handler = handler
    connection.timer = setTimeout(() => {
      connection.failure = 'host unreachable'
      socket.destroy()
    }, CONNECT_TIMEOUT_MS)
    socket.on(client === undefined ? 'connect' : 'secureConnect', () => {
      clearTimeout(connection.timer)
      if (connection.state !== 'connecting') return
      connection.state = 'open'
      connection.handler.onOpened?.(connection.id, addressOf(socket, 'local'), addressOf(socket, 'remote'))
    })
    return connection.id
  }

  send(id: ConnectionId, bytes: Uint8Array): number {
    const connection = this.#connections.get(id)
    if (connection === undefined || connection.isDeaf || connection.state === 'closed') return 0
    if (bytes.length > 0) {
      if (connection.pending.length === 0) {
        if (this.#unwritten.length === 0) process.nextTick(this.#writeAll)
        this.#unwritten.push(connection)
      }
      connection.pending.push(bytes)
      connection.pendingBytes += bytes.length
    }
    const waiting = connection.pendingBytes + connection.socket.writableLength
    if (waiting > SEND_BUFFER_BYTES) {
      connection.isOverfull = true
      if (waiting > SEND_BUFFER_BYTES_MAX) this.#break(connection, 'send buffer overflow')
    }
    return waiting
  }

  setReading(id: ConnectionId, isReading: boolean): void {
    const connection = this.#connections.get(id)
    if (connection === undefined || connection.isDeaf || connection.state !== 'open') return
    if (isReading) connection.socket.resume()
    else connection.socket.pause()
  }

  close(id: ConnectionId): void {
    const connection = this.#connections.get(id)
    if (connection === undefined || connection.isDeaf || connection.state === 'closed') return
    connection.state = 'closing'
    connection.isDeaf = true
    this.#write(connection)
    clearTimeout(connection.timer)
    connection.timer = setTimeout(() => connection.socket.destroy(), CLOSE_LINGER_MS)
    connection.socket.end(() => setImmediate(() => this.#finish(connection, 'closed')))
    connection.socket.resume()
  }

  reset(id: ConnectionId): void {
    const connection = this.#connections.get(id)
    if (connection !== undefined && connection.state !== 'closed') this.#break(connection, 'reset')
  }

  resolve(hostName: string): string {
    return this.#names.resolve(hostName)
  }

  /** Closes every listener and connection without a callback. Called at the end of the program. */
  dispose(): void {
    for (const server of this.#listeners.values()) server.close()
    this.#listeners.clear()
    for (const connection of this.#connections.values()) {
      connection.state = 'closed'
      clearTimeout(connection.timer)
      connection.socket.destroy()
    }
    this.#connections.clear()
  }

  #accept(plain: Socket, handler: ListenHandler): void {
    const { server } = this.#tls
    if (server === undefined) this.#open(plain, handler)
    else acceptTls(plain, server, (socket) => this.#open(socket, handler))
  }

  #open(socket: Socket, handler: ListenHandler): void {
    const connection = this.#attach(socket, 'open')
    connection.handler = handler.onConnection(connection.id, addressOf(socket, 'remote'), addressOf(socket, 'local'))
  }

  #attach(socket: Socket, state: 'connecting' | 'open'): RealConnection {
    const connection: RealConnection = {
      id: this.#nextId++,
      socket,
      handler: NO_HANDLER,
      pending: [],
      pendingBytes: 0,
      state,
      isDeaf: false,
      isOverfull: false,
      failure: '',
      timer: undefined,
    }
    this.#connections.set(connection.id, connection)
    // after this side has closed the connection, only `onClosed` is called
    socket.on('data', (chunk: Buffer) => {
      if (connection.isDeaf || connection.state === 'closed') return
      connection.handler.onBytes(connection.id, new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length))
    })
    socket.on('drain', () => this.#drained(connection))
    socket.on('end', () => {
      if (connection.state !== 'closing') this.#finish(connection, 'closed by peer')
    })
    // only store the error: the socket always closes after an error, and then `onClosed` receives the reason
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (connection.failure === '') connection.failure = phraseOf(error)
    })
    socket.on('close', () => {
      clearTimeout(connection.timer)
      this.#finish(
        connection,
        connection.isDeaf && connection.failure !== 'connection refused'
          ? 'closed'
          : connection.failure || 'closed by peer',
      )
    })
    return connection
  }

  #write(connection: RealConnection): void {
    const { pending, socket } = connection
    if (pending.length === 0 || connection.state === 'closed') return
    connection.pending = []
    connection.pendingBytes = 0
    if (pending.length === 1) {
      const piece = pending[0]!
      // a small piece shares its memory with others, so it is copied when it must wait for a slow peer
      const isShared = piece.length < piece.buffer.byteLength
      socket.write(isShared && socket.writableLength > 0 ? piece.slice() : piece)
      return
    }
    socket.cork()
    for (let from = 0; from < pending.length; ) {
      let until = from
      let sizeBytes = 0
      while (until < pending.length && pending[until]!.length + sizeBytes <= COPY_BYTES_MAX)
        sizeBytes += pending[until++]!.length
      socket.write(until - from > 1 ? Buffer.concat(pending.slice(from, until), sizeBytes) : pending[from]!)
      from = Math.max(until, from + 1)
    }
    socket.uncork()
  }

  #drained(connection: RealConnection): void {
    const waiting = connection.pendingBytes + connection.socket.writableLength
    if (!connection.isOverfull || waiting >= SEND_BUFFER_BYTES / 2) return
    connection.isOverfull = false
    if (connection.state === 'open') connection.handler.onDrained?.(connection.id)
  }

  /** Breaks a connection at once. The peer of a plain connection receives a reset. */
  #break(connection: RealConnection, reason: string): void {
    connection.isDeaf = true
    connection.pending = []
    connection.pendingBytes = 0
    // a TLS socket cannot send a reset; its peer only sees the end of the connection
    if (connection.socket instanceof TLSSocket) connection.socket.destroy()
    else connection.socket.resetAndDestroy()
    setImmediate(() => this.#finish(connection, reason))
  }

  /** Calls `onClosed` of a connection. A second call does nothing. */
  #finish(connection: RealConnection, reason: string): void {
    if (connection.state === 'closed') return
    connection.state = 'closed'
    this.#connections.delete(connection.id)
    connection.handler.onClosed(connection.id, reason)
  }
}

function addressOf(socket: Socket, side: 'local' | 'remote'): string {
  return side === 'local'
    ? `${socket.localAddress}:${socket.localPort}`
    : `${socket.remoteAddress}:${socket.remotePort}`
}

/** Returns the phrase for an error of a socket, for `onClosed` and `onFailed`. Unknown errors keep their code. */
function phraseOf(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'ECONNREFUSED':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'connection refused'
    case 'ECONNRESET':
    case 'EPIPE':
    case 'ECONNABORTED':
      return 'reset'
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ETIMEDOUT':
      return 'host unreachable'
    case 'EADDRINUSE':
      return 'address in use'
    case 'EADDRNOTAVAIL':
      return 'not an address of this machine'
    case 'EACCES':
      return 'permission denied'
    default:
      return error.code ?? error.message
  }
}
