/** Writes a tar (POSIX ustar): what Autolab takes. Files only, of no owner and no time, so the same files give the same bytes. */
import { encodeUtf8 } from '../../../reference/common/utf8.ts'

const BLOCK_BYTES = 512
const NAME_BYTES_MAX = 100

export interface TarFile {
  readonly bytes: Uint8Array
  readonly isExecutable: boolean
}

/** Throws an Error for a path that a tar cannot hold. */
export function tarOf(files: ReadonlyMap<string, TarFile>): Uint8Array {
  const parts: Uint8Array[] = []
  for (const [path, { bytes, isExecutable }] of files) {
    parts.push(header(path, bytes.length, isExecutable ? 0o755 : 0o644), bytes)
    parts.push(new Uint8Array((BLOCK_BYTES - (bytes.length % BLOCK_BYTES)) % BLOCK_BYTES))
  }
  parts.push(new Uint8Array(2 * BLOCK_BYTES))
  return Buffer.concat(parts)
}

function header(path: string, sizeBytes: number, mode: number): Uint8Array {
  const block = new Uint8Array(BLOCK_BYTES)
  const put = (at: number, text: string) => block.set(encodeUtf8(text), at)
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`
  const cut = path.length <= NAME_BYTES_MAX ? -1 : path.indexOf('/', path.length - NAME_BYTES_MAX - 1)
  if (path.length > NAME_BYTES_MAX && (cut < 0 || cut > 155)) throw new Error(`${path} is too long for a tar`)
  put(0, path.slice(cut + 1))
  put(100, octal(mode, 7))
  put(108, octal(0, 7))
  put(116, octal(0, 7))
  put(124, octal(sizeBytes, 11))
  put(136, octal(0, 11))
  put(148, '        ')
  put(156, '0')
  put(257, 'ustar\u000000')
  if (cut > 0) put(345, path.slice(0, cut))
  put(
    148,
    `${octal(
      block.reduce((sum, byte) => sum + byte, 0),
      6,
    )} `,
  )
  return block
}
