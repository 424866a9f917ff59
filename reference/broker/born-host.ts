/**
 * The address from which a message comes, in the form in which a record stores it.
 *
 * A connection keeps its address as long as it is open, so the text of the address is read once for each connection.
 *
 * RocketMQ: `MessageExt.setBornHost`, which stores the socket address of the connection.
 */
import { parseAddress } from '../common/address.ts'
import type { Channel } from '../remoting/channel.ts'

/** The address of a sender. `bornIp` has 4 or 16 bytes. */
export interface BornHost {
  readonly bornIp: Uint8Array
  readonly bornPort: number
}

const LOOPBACK = Uint8Array.of(127, 0, 0, 1)
const known = new WeakMap<Channel, BornHost>()

/** Returns the address of the peer of a connection. An address that cannot be read becomes 127.0.0.1 with the port 0. */
export function bornHostOf(broker: { ipOf(hostName: string): Uint8Array | undefined }, channel: Channel): BornHost {
  let born = known.get(channel)
  if (born === undefined) {
    const address = parseAddress(channel.remoteAddress)
    born = { bornIp: broker.ipOf(address?.host ?? '') ?? LOOPBACK, bornPort: address?.port ?? 0 }
    known.set(channel, born)
  }
  return born
}
