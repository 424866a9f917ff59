/** A link between two processes that a test can break: a listener that passes bytes on to another address. */
import { connect, createServer, type Socket } from 'node:net'

/** A link that passes bytes on, until it is broken. */
export interface TcpLink {
  /** The address to connect to, instead of the target. */
  readonly address: string
  /** Resets all connections, and refuses new ones until `mend`. */
  cut(): void
  mend(): void
  kill(): Promise<void>
}

/** Listens on a free port of loopback, and passes the bytes of each connection on to `targetPort`, and back. */
export async function tcpLink(targetPort: number): Promise<TcpLink> {
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
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const reset = () => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  return {
    address: `127.0.0.1:${port}`,
    cut() {
      isCut = true
      reset()
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
