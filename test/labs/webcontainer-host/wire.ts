/**
 * What the stand-in's frame and its server say to each other over one WebSocket: a JSON head and, behind it, bytes.
 *
 * | head                                    | direction | bytes                |
 * | --------------------------------------- | --------- | -------------------- |
 * | `{ id, instance, call, args }`          | to server | of a file, a tree     |
 * | `{ id, result }` or `{ id, error }`     | to frame  | of a file, a snapshot |
 * | `{ process, event: 'output' \| 'exit' }` | to frame  | what was printed      |
 * | `{ instance, event, args }`             | to frame  | none                  |
 */

export interface Request {
  readonly id: number
  /** 0 for `build`. */
  readonly instance: number
  readonly call: string
  readonly args: readonly unknown[]
}

export type Reply =
  | {
      readonly id: number
      readonly result?: unknown
      readonly error?: { readonly message: string; readonly name: string; readonly stack: string }
    }
  | { readonly process: number; readonly event: 'output' | 'end' | 'exit'; readonly code?: number }
  | { readonly watcher: number; readonly args: readonly unknown[] }
  | { readonly instance: number; readonly event: string; readonly args: readonly unknown[] }

const HEAD_LENGTH_BYTES = 4

export function pack(head: Request | Reply, bytes: Uint8Array = new Uint8Array()): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(JSON.stringify(head))
  const message = new Uint8Array(HEAD_LENGTH_BYTES + text.length + bytes.length)
  new DataView(message.buffer).setUint32(0, text.length)
  message.set(text, HEAD_LENGTH_BYTES)
  message.set(bytes, HEAD_LENGTH_BYTES + text.length)
  return message
}

export function unpack(message: Uint8Array): {
  readonly head: Record<string, unknown>
  readonly bytes: Uint8Array<ArrayBuffer>
} {
  const length = new DataView(message.buffer, message.byteOffset).getUint32(0)
  const text = new TextDecoder().decode(message.subarray(HEAD_LENGTH_BYTES, HEAD_LENGTH_BYTES + length))
  return {
    head: JSON.parse(text) as Record<string, unknown>,
    bytes: new Uint8Array(message.subarray(HEAD_LENGTH_BYTES + length)),
  }
}
