/**
 * Addresses. On the wire, an address is the text `host:port`. Records and message ids contain the bytes of the IP address
 * and the port.
 *
 * RocketMQ: `RemotingUtil.string2SocketAddress`, `MessageDecoder.createMessageId`. This file does not resolve host names.
 * The host resolves host names (`network.resolve`).
 */
import { concatBytes } from './bytes.ts'

/** Returns the parts of `host:port`. Returns undefined for any other text. The brackets of an IPv6 address are removed. */
export function parseAddress(address: string): { host: string; port: number } | undefined {
  const colon = address.lastIndexOf(':')
  if (colon <= 0) return undefined
  const portText = address.slice(colon + 1)
  if (!/^\d{1,5}$/.test(portText)) return undefined
  const port = Number(portText)
  const host = address.slice(0, colon).replace(/^\[(.*)\]$/, '$1')
  return port <= 65535 && host !== '' ? { host, port } : undefined
}

/** Returns the 4 or 16 bytes of an IP address. Returns undefined for any other text. */
export function parseIp(text: string): Uint8Array | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text)
}

function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split('.')
  if (parts.length !== 4) return undefined
  const bytes = new Uint8Array(4)
  for (let i = 0; i < 4; i++) {
    const part = parts[i]!
    if (!/^\d{1,3}$/.test(part) || Number(part) > 255) return undefined
    bytes[i] = Number(part)
  }
  return bytes
}

function parseIpv6(text: string): Uint8Array | undefined {
  const [headText = '', tailText, ...more] = text.split('::')
  if (more.length > 0) return undefined
  const head = ipv6Groups(headText, tailText === undefined)
  const tail = tailText === undefined ? new Uint8Array() : ipv6Groups(tailText, true)
  if (head === undefined || tail === undefined) return undefined
  const missing = 16 - head.length - tail.length
  if (tailText === undefined ? missing !== 0 : missing < 2) return undefined
  return concatBytes([head, new Uint8Array(missing), tail])
}

/** `isEnd` is true when `text` ends the address. Only then may its last group be an IPv4 address. */
function ipv6Groups(text: string, isEnd: boolean): Uint8Array | undefined {
  if (text === '') return new Uint8Array()
  const parts: number[] = []
  const groups = text.split(':')
  for (const [i, group] of groups.entries()) {
    const ipv4 = isEnd && i === groups.length - 1 && group.includes('.') ? parseIpv4(group) : undefined
    if (ipv4 !== undefined) parts.push(...ipv4)
    else if (/^[0-9a-fA-F]{1,4}$/.test(group))
      parts.push(Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255)
    else return undefined
  }
  return parts.length <= 16 ? Uint8Array.from(parts) : undefined
}

/** Returns an IP address as text, for example `10.0.0.3`. The text of an IPv6 address has all eight groups. */
export function formatIp(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.')
  const groups: string[] = []
  for (let i = 0; i < 16; i += 2) groups.push(((bytes[i]! << 8) | bytes[i + 1]!).toString(16))
  return groups.join(':')
}

/** Returns the IP address and the port of a record as the text `ip:port`. */
export function formatHost(ip: Uint8Array, port: number): string {
  return ip.length === 4 ? `${formatIp(ip)}:${port}` : `[${formatIp(ip)}]:${port}`
}
