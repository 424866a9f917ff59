/** A link between two processes that a test can break: a listener that passes bytes on to another address. */
import { connect, createServer, type Socket } from 'node:net'

/** A link that passes bytes on, until it is broken. */
export interface TcpLink {
  /** The address to connect to, instead of the target. */
  readonly address: string
  /** Resets all connections, and refuses new ones until `mend`. Returns how many sockets were open. */
  cut(): number
  mend(): void
  kill(): Promise<void>
}

/**
 * Passes the bytes of each connection on to `targetPort` of 127.0.0.1, and back. Listens on a free port of 127.0.0.1, or on
 * `listen`.
 */
export async function tcpLink(targetPort: number, listen = { host: '127.0.0.1', port: 0 }): Promise<TcpLink> {
  const sockets = new Set<Socket>()
  let isCut = false
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {}) // its close follows
    socket.on('close', () => sockets.delete(socket))
  }
  const server = createServer((from) => {
    keep(from)
    if (isCut) return from.resetAndDestroy()
    const to = connect(targetPort, '127.0.0.1')
    keep(to)
    from.pipe(to).pipe(from)
    from.on('close', () => to.destroy())
    to.on('close', () => from.destroy())
  })
  await new Promise<void>((resolve) => server.listen(listen.port, listen.host, resolve))
  const { port } = server.address() as { port: number }
  const reset = () => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  return {
    address: `${listen.host}:${port}`,
    cut() {
      isCut = true
      const { size } = sockets
      reset()
      return size
    },
    mend() {
      isCut = false
    },
    kill() {
      reset()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
