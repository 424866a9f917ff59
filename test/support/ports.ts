/**
 * Free loopback ports for servers that tests start as processes of their own.
 *
 * A RocketMQ broker needs three: listenPort, listenPort - 2 (the VIP or "fast" server) and listenPort + 1 (HA). Ports
 * are picked below the range the kernel hands out to outgoing connections (32768 and up on Linux), so that a client's
 * own connection cannot take one between the check and the server's bind. Start points differ per process, and a
 * process never hands out a port twice, so parallel test files do not meet.
 *
 * Not here: reserving a port. Between the check and the bind somebody else may take it; the server's start then fails
 * with its own message.
 */
import { createServer } from 'node:net'

const PORT_MIN = 20_000
const PORT_MAX = 32_000
const TRIES_MAX = 500

const handedOut = new Set<number>()
let next = PORT_MIN + ((process.pid * 131) % (PORT_MAX - PORT_MIN))

/**
 * A port p for which p + o is free for every o of `offsets`.
 *
 * @param offsets distances from the port, 0 included by the caller; `[-2, 0, 1]` for a broker
 * @throws {Error} when no such block was found in 500 tries
 */
export async function freePort(offsets: readonly number[] = [0]): Promise<number> {
  const low = Math.min(...offsets)
  const high = Math.max(...offsets)
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    if (next + high > PORT_MAX) next = PORT_MIN
    const port = next - low
    next += high - low + 1
    const block = offsets.map((offset) => port + offset)
    if (block.some((each) => handedOut.has(each))) continue
    if (!(await allFree(block))) continue
    for (const each of block) handedOut.add(each)
    return port
  }
  throw new Error(`no free block of ports ${offsets.join(', ')} between ${PORT_MIN} and ${PORT_MAX}`)
}

/** The offsets a broker's `listenPort` needs: itself, the VIP port, the HA port. */
export const BROKER_PORT_OFFSETS: readonly number[] = [-2, 0, 1]

/** Whether `port` can be bound on every address right now, as the Java servers bind it. */
export async function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '0.0.0.0', exclusive: true }, () => server.close(() => resolve(true)))
  })
}

async function allFree(ports: readonly number[]): Promise<boolean> {
  for (const port of ports) {
    if (!(await isPortFree(port))) return false
  }
  return true
}
