/** Text in a link: zlib, then base64url; read back with a limit for what it may grow to. */
import { zlibSync } from 'fflate'
import { inflateAtMost } from '../../../reference/common/inflate.ts'
import { decodeUtf8, encodeUtf8 } from '../../../reference/common/utf8.ts'

/** Characters of a link's fragment: what chats and mail programs leave whole. */
export const LINK_CHARACTERS_MAX = 8 * 1024

export function packText(text: string): string {
  return toBase64Url(zlibSync(encodeUtf8(text), { level: 9 }))
}

/** The text again; undefined when it was cut or changed, or would be longer than `bytesMax`. */
export function unpackText(packed: string, bytesMax: number): string | undefined {
  try {
    const bytes = inflateAtMost(fromBase64Url(packed), bytesMax)
    return bytes === undefined ? undefined : decodeUtf8(bytes)
  } catch {
    return undefined
  }
}

/** Bytes as base64url without padding, and back. `fromBase64Url` throws for other signs. */
export function toBase64Url(bytes: Uint8Array): string {
  let signs = ''
  for (const byte of bytes) signs += String.fromCharCode(byte)
  return btoa(signs).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

export function fromBase64Url(text: string): Uint8Array {
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0))
}
