/**
 * The controllers of a group, as written in the setting `controllerDLegerPeers`: `n0-10.0.0.1:9878;n1-10.0.0.2:9878`.
 *
 * Not in GlassMQ: a group whose members change while it runs (section 6 of the Raft paper).
 *
 * RocketMQ: DLedger's `MemberState.loadPeers`.
 */
import { ConfigError } from '../../common/properties-file.ts'
import { splitAddress } from '../../host/paths.ts'
import { PEERS_MAX } from './limits.ts'

/** One controller. */
export interface Peer {
  readonly id: string
  /** The `host:port` to which brokers, operators and other controllers connect. */
  readonly address: string
}

/**
 * Reads the peers of a group. Throws `ConfigError` with one sentence when the text is not a list of one to nine peers, or has an
 * id or an address twice.
 */
export function parsePeers(text: string): readonly Peer[] {
  const peers = text
    .split(';')
    .filter((part) => part.trim() !== '')
    .map(parsePeer)
  if (peers.length === 0)
    throw new ConfigError('controllerDLegerPeers is empty; it must name the controllers, such as n0-127.0.0.1:9878')
  if (peers.length > PEERS_MAX)
    throw new ConfigError(`controllerDLegerPeers names ${peers.length} controllers; at most ${PEERS_MAX} are allowed`)
  for (const [i, { id, address }] of peers.entries())
    if (peers.slice(0, i).some((each) => each.id === id || each.address === address))
      throw new ConfigError(`controllerDLegerPeers names ${id} at ${address} twice; each id and address may stand once`)
  return peers
}

function parsePeer(part: string): Peer {
  const [, id, address] = /^\s*([A-Za-z0-9_]+)-(\S+)\s*$/.exec(part) ?? []
  if (id === undefined || address === undefined || splitAddress(address) === undefined)
    throw new ConfigError(
      `controllerDLegerPeers has "${part.slice(0, 100)}"; each controller must look like n0-127.0.0.1:9878`,
    )
  return { id, address }
}

/** Returns the peers as in the answer to CONTROLLER_GET_METADATA_INFO: `n0:host:port;n1:host:port;`. */
export function peersText(peers: readonly Peer[]): string {
  return peers.map(({ id, address }) => `${id}:${address};`).join('')
}
