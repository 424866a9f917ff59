/**
 * The floor: a server that only cuts frames and answers each with SUCCESS. No broker on this machine can be faster in one
 * Node process. It prints its port.
 */
import { createServer, type Socket } from 'node:net'

const OPAQUE = Buffer.from('"opaque":')

const server = createServer({ noDelay: true }, serve)
server.listen(0, '127.0.0.1', () => console.log((server.address() as { port: number }).port))

function serve(socket: Socket): void {
  let rest: Buffer = Buffer.alloc(0)
  socket.on('error', () => {})
  socket.on('data', (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const answers: Buffer[] = []
    let at = 0
    while (bytes.length - at >= 4 && bytes.length - at - 4 >= bytes.readInt32BE(at)) {
      answers.push(answerTo(bytes, at))
      at += 4 + bytes.readInt32BE(at)
    }
    rest = bytes.subarray(at)
    if (answers.length > 0) socket.write(Buffer.concat(answers))
  })
}

function answerTo(bytes: Buffer, at: number): Buffer {
  let end = bytes.indexOf(OPAQUE, at) + OPAQUE.length
  const start = end
  while (bytes[end]! >= 0x30 && bytes[end]! <= 0x39) end++
  const header = `{"code":0,"flag":1,"language":"OTHER","opaque":${bytes.toString('latin1', start, end)},"version":479}`
  const answer = Buffer.allocUnsafe(8 + header.length)
  answer.writeInt32BE(4 + header.length, 0)
  answer.writeInt32BE(header.length, 4)
  answer.write(header, 8, 'latin1')
  return answer
}
