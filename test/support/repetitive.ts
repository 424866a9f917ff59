/**
 * Inputs that repeat one token very often, and every decoder that a stranger's text or bytes can reach.
 *
 * A reader that looks back or ahead further than it must is found by such inputs: its work grows with the square of their
 * length. `test/unit/linear/decoders.test.ts` runs them all, the fuzzers draw from the same tokens, and `npm run bench --
 * hostile` measures the ratio between an input and its half.
 */

import { parseRoster } from '../../labs/grader/intake/roster.ts'
import { ASSIGNMENT_FORMAT, parseAssignment } from '../../labs/grader/schema/assignment.ts'
import { parseSubmission, SUBMISSION_FORMAT } from '../../labs/grader/schema/submission.ts'
import { ExpressionFilters } from '../../reference/broker/filter/expression-filters.ts'
import { filterOfText } from '../../reference/broker/filter/pull-filter.ts'
import { compileSql } from '../../reference/broker/filter/sql92.ts'
import { parseDelayLevels } from '../../reference/broker/schedule/delay-levels.ts'
import { parseAddress, parseIp } from '../../reference/common/address.ts'
import { decodeBase64 } from '../../reference/common/base64.ts'
import { decodeBatch } from '../../reference/common/batch.ts'
import { ByteWriter } from '../../reference/common/bytes.ts'
import { inflateAtMost } from '../../reference/common/inflate.ts'
import { parseJson } from '../../reference/common/lax-json.ts'
import { decodeRecords, encodeRecord } from '../../reference/common/message-codec.ts'
import { fromHex } from '../../reference/common/message-id.ts'
import { decodeProperties, isPropertiesTextTooLong, propertyOf } from '../../reference/common/message-properties.ts'
import { parseProperties } from '../../reference/common/properties-file.ts'
import { decodeRecallHandle } from '../../reference/common/recall-handle.ts'
import { groupNameFault, storedTopicFault, topicNameFault } from '../../reference/common/topic-validator.ts'
import { decodeUtf8, encodeUtf8 } from '../../reference/common/utf8.ts'
import { LineReader } from '../../reference/host/lines.ts'
import { splitAddress } from '../../reference/host/paths.ts'
import { signatureFault } from '../../reference/remoting/acl-signature.ts'
import { heartbeatDataShape } from '../../reference/remoting/bodies/heartbeat.ts'
import { decodeJsonBody } from '../../reference/remoting/bodies/json-body.ts'
import { decodeFrame, FrameSplitter } from '../../reference/remoting/frame-codec.ts'
import { decodeExtraInfo, decodeOrderCounts, decodePoppedQueues } from '../../reference/remoting/pop-extra-info.ts'
import { makeRequest } from '../../reference/remoting/remoting-command.ts'

/** What is repeated: single characters that some decoder looks for, and short pieces that are nearly something. */
export const TOKENS: readonly string[] = [
  ...['\0', 'x', '"', "'", '{', '}', '[', ']', '(', ')', ',', ':', ';', '=', '\\', '/', '*', '-', '+', '.', '|', '%'],
  ...['#', '!', '$', '@', '_', '0', '9', 'e', ' ', '\t', '\n', '\r', '\u0001', '\u0002', 'é', '\u2028', '😀', '\ud800'],
  ...['\\\n', '\\\\', '\r\n', '/*', '*/', '/**/', '//', '//\n', '--', '-- ', '--\n', '- ', "''", "'a'", '||', 'a||'],
  ...[
    'a\u0001b\u0002',
    'a\u0001',
    '\u0001\u0002',
    'k=v\n',
    'k v\n',
    'a:1,',
    '"a":1,',
    '{a:1}:1,',
    '{a:',
    '{"a":',
    '[],',
    '{},',
  ],
  ...[
    'null,',
    '1,',
    '1.',
    '1e',
    'NOT ',
    'a AND ',
    'a=1 OR ',
    'a IN(',
    '"a",',
    '\\u0041',
    '0 1 2;',
    '0 1,',
    '1s ',
    '::',
    '1.1.',
  ],
]

/** One decoder: `decode` throws a refusal of its own kind, or returns. */
export interface Decoder {
  readonly name: string
  /** What stands before and after the repeated tokens. */
  readonly around: readonly (readonly [before: string, after: string])[]
  /** Length of the longest input, where it is not 200,000: more for one whose work is a search that the engine does itself. */
  readonly characters?: number
  decode(text: string): void
}

const NOTHING = ['', ''] as const
const LAX = [NOTHING, ['', 'x'], ['{a:', '}'], ['[', ']'], ["{a:'", "'}"], ['{"a":"', ''], ['/*', '']] as const
const SQL = [NOTHING, ['a = ', ''], ["a = '", ''], ['a > 1 AND b IN (', ')']] as const

function frameOf(serializeType: number, header: Uint8Array): Uint8Array {
  const frame = new ByteWriter(header.length + 8).i32(header.length + 4).i32((serializeType << 24) | header.length)
  return frame.raw(header).finish()
}

/** The fixed part of a binary header, then ext fields of `bytes`. */
function binaryHeader(bytes: Uint8Array): Uint8Array {
  const writer = new ByteWriter(bytes.length + 32).i16(10).u8(0).i16(477).i32(1).i32(0).i32(0)
  return writer.i32(bytes.length).raw(bytes).finish()
}

/** A stream in pieces of 97 bytes. */
function inPieces(bytes: Uint8Array): void {
  const splitter = new FrameSplitter()
  for (let at = 0; at < bytes.length; at += 97) splitter.push(bytes.subarray(at, at + 97), () => {})
}

function recordOf(text: string): Uint8Array {
  const ip = new Uint8Array(4)
  const offsets = { queueId: 0, queueOffset: 0, physicalOffset: 0, preparedTransactionOffset: 0, reconsumeTimes: 0 }
  const born = { bornTimestamp: 0, bornIp: ip, bornPort: 0, storeTimestamp: 0, storeIp: ip, storePort: 0 }
  const propertiesText = text.slice(0, 8_000)
  return encodeRecord({ topic: 'T', flag: 0, sysFlag: 0, ...offsets, ...born, body: encodeUtf8(text), propertiesText })
}

const filters = new ExpressionFilters(true)
const numbers = compileSql("a > 1.5 OR a < 2 OR a = TRUE OR a IN ('x') OR a CONTAINS 'xy' OR a > b")

export const DECODERS: readonly Decoder[] = [
  { name: 'UTF-8', around: [NOTHING], decode: (text) => void decodeUtf8(encodeUtf8(text)) },
  { name: 'stream of frames', around: [NOTHING, ['\0\0\0\u0009', '']], decode: (text) => inPieces(encodeUtf8(text)) },
  {
    name: 'JSON header',
    around: [
      ['', 'x'],
      ['{extFields:{a:', '}}'],
    ],
    decode: (text) => void decodeFrame(frameOf(0, encodeUtf8(text))),
  },
  {
    name: 'binary header',
    around: [NOTHING, ['\0\u0001a\0\0\0\u0001', '']],
    decode: (text) => void decodeFrame(frameOf(1, binaryHeader(encodeUtf8(text)))),
  },
  { name: 'JSON of files and bodies', around: LAX, decode: (text) => void parseJson(text) },
  {
    name: 'heartbeat',
    around: [
      ['{"consumerDataSet":[', ']}'],
      ['{consumerDataSet:[{subscriptionDataSet:[{codeSet:[', ']}]}]}'],
    ],
    decode: (text) => void decodeJsonBody('HEART_BEAT', encodeUtf8(text), heartbeatDataShape),
  },
  {
    name: 'properties text',
    around: [NOTHING, ['a\u0001', '']],
    characters: 300_000,
    decode: (text) => {
      isPropertiesTextTooLong(text)
      decodeProperties(text)
      propertyOf(text, 'UNIQ_KEY')
    },
  },
  {
    name: 'properties file',
    around: [NOTHING, ['a=', ''], ['a=', 'x\u2028'], ['a', '']],
    decode: (text) => void parseProperties(text, 'a file'),
  },
  { name: 'SQL92', around: SQL, decode: (text) => void compileSql(text.slice(0, 8_192)) },
  { name: 'long SQL92', around: SQL, decode: (text) => refuses(() => filters.compile('SQL92', text)) },
  {
    name: 'property in SQL92',
    around: [NOTHING, ['1', 'x'], ['', ' x']],
    decode: (text) => void numbers(new Map([['a', text.slice(0, 32_767)]])),
  },
  { name: 'tags', around: [NOTHING, ['a', '']], decode: (text) => refuses(() => filterOfText(filters, 'TAG', text)) },
  {
    name: 'zlib body',
    around: [['\u0078\u0001', '']],
    decode: (text) =>
      void inflateAtMost(
        Uint8Array.from(text, (unit) => unit.charCodeAt(0)),
        16 * 1024 * 1024,
      ),
  },
  {
    name: 'records',
    around: [NOTHING],
    decode: (text) => {
      decodeRecords(encodeUtf8(text))
      decodeRecords(recordOf(text))
    },
  },
  { name: 'batch', around: [NOTHING], decode: (text) => void decodeBatch(encodeUtf8(text)) },
  {
    name: 'receipts and places',
    around: [NOTHING, ['0 0 ', '']],
    decode(text) {
      for (const decode of [decodeExtraInfo, decodeOrderCounts, decodeRecallHandle]) refuses(() => decode(text))
      decodePoppedQueues(text, text)
    },
  },
  {
    name: 'names and addresses',
    around: [NOTHING, ['a:', ''], ['[', ']:1']],
    decode(text) {
      for (const read of [
        topicNameFault,
        groupNameFault,
        storedTopicFault,
        parseAddress,
        parseIp,
        splitAddress,
        fromHex,
      ])
        read(text)
      refuses(() => decodeBase64(text))
      refuses(() => parseDelayLevels(text))
    },
  },
  {
    name: 'signature',
    around: [NOTHING],
    decode(text) {
      const extFields = { AccessKey: 'k', Signature: text, x: text }
      signatureFault(makeRequest({ code: 10, extFields }, 1, false), new Map([['k', 's']]))
    },
  },
  {
    name: 'lines of a node',
    around: [NOTHING, ['{"log":{"kind":"', '"}}\n']],
    decode(text) {
      const reader = new LineReader('log', '', () => {})
      for (let at = 0; at < text.length; at += 97) reader.read(text.slice(at, at + 97))
      reader.end()
    },
  },
  {
    name: 'assignment',
    around: [
      NOTHING,
      [`{"format":"${ASSIGNMENT_FORMAT}","id":"`, '"}'],
      [`{"format":"${ASSIGNMENT_FORMAT}","labs":[`, ']}'],
    ],
    decode: (text) => void parseAssignment(text),
  },
  {
    name: 'hand-in file',
    around: [
      NOTHING,
      [`{"format":"${SUBMISSION_FORMAT}","lab":{"id":"a","version":"1"},"files":[{"path":"`, '","content":"a"}]}'],
      [`{"format":"${SUBMISSION_FORMAT}","lab":{"id":"a","version":"1"},"files":[`, '1]}'],
    ],
    decode: (text) => void parseSubmission(text),
  },
  {
    name: 'roster',
    around: [
      ['id,name\n', ''],
      ['id,name\n"', ''],
    ],
    decode: (text) => void parseRoster(text),
  },
]

/** Refusals are what these inputs are for. */
export function refuses(decode: () => void): void {
  try {
    decode()
  } catch (error) {
    if (error instanceof RangeError && /call stack|string length/.test(error.message)) throw error
    if (error instanceof TypeError || error instanceof ReferenceError) throw error
  }
}

/** The token repeated until the whole has about `characters`. */
export function repeated(token: string, characters: number, [before, after]: readonly [string, string]): string {
  return before + token.repeat(Math.ceil(characters / token.length)) + after
}
