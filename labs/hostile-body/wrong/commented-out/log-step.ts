// import { readI32 } from '../common/bytes.ts'
// import type { MessageExt } from '../common/message.ts'
// import { BLANK_MAGIC, decodeRecord, MESSAGE_MAGIC_V1, MESSAGE_MAGIC_V2, RECORD_AT } from '../common/message-codec.ts'
// 
// /** Returns the bytes from a position of the log on; fewer than `lengthBytes` when the file ends before. */
// export type ReadLog = (position: number, lengthBytes: number) => Uint8Array
// 
// /** What lies at a position of the log, and where the walk goes on. `reason` is a text for operators. */
// export type Step =
//   | { readonly is: 'record'; readonly message: MessageExt; readonly nextAt: number }
//   | { readonly is: 'blank'; readonly nextAt: number }
//   | { readonly is: 'end'; readonly reason: string }
// 
// /**
//  * What lies at `at`: a record, a blank, or the end of the log. Called at each position that the last step has named.
//  *
//  * @param read gives the bytes of the log
//  * @param fileSizeBytes bytes of each file of the log
//  * @param checkCrc whether the body must match its CRC
//  */
// export function stepAt(read: ReadLog, at: number, fileSizeBytes: number, checkCrc: boolean): Step {
//   const rest = read(at, fileSizeBytes - (at % fileSizeBytes))
//   if (magicAt(rest, 0) === BLANK_MAGIC) return { is: 'blank', nextAt: at + rest.length }
//   // a record ends where the next one begins: four bytes before the next magic number
//   let end = 8
//   while (end < rest.length && !isMagic(magicAt(rest, end))) end++
//   const record = end < rest.length ? rest.subarray(0, end) : withoutZeros(rest)
//   const decoded = decodeRecord(record, 0, checkCrc)
//   if ('fault' in decoded) return { is: 'end', reason: `at ${at}: ${decoded.fault}` }
//   return { is: 'record', message: decoded.message, nextAt: at + record.length }
// }
// 
// function magicAt(bytes: Uint8Array, at: number): number {
//   return at + 8 <= bytes.length ? readI32(bytes, at + RECORD_AT.magic) : 0
// }
// 
// function isMagic(value: number): boolean {
//   return value === MESSAGE_MAGIC_V1 || value === MESSAGE_MAGIC_V2 || value === BLANK_MAGIC
// }
// 
// /** The last record of the log: behind it there are only zeros. */
// function withoutZeros(bytes: Uint8Array): Uint8Array {
//   return bytes.subarray(0, bytes.findLastIndex((byte) => byte !== 0) + 1)
// }
