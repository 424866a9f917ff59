/**
 * Runs inside the container, one probe for each start: `node probes.mjs <probe> [port]`. Prints one line that begins with
 * `DOCTOR ` and holds JSON; the page shows its text.
 */
import fs from 'node:fs'
import net from 'node:net'

const [probe, port] = process.argv.slice(2)
const MIB = 1024 * 1024
const ROUND_TRIPS = 200
const SILENCE_MS = 5_000

const say = (ok, text, more = {}) => process.stdout.write(`\nDOCTOR ${JSON.stringify({ ok, text, ...more })}\n`)
const done = (ok, text) => {
  say(ok, text)
  setTimeout(() => process.exit(0), 50)
}

const PROBES = {
  version() {
    const { version, versions, platform } = process
    done(true, `Node ${version}, webcontainer ${versions.webcontainer ?? 'not named'}, platform ${platform}`)
  },
  /** Echoes everything; says its port. */
  server() {
    const server = net.createServer((socket) => {
      socket.on('error', () => {})
      socket.pipe(socket)
    })
    server.on('error', (error) => done(false, `cannot listen: ${error.code}`))
    server.listen(Number(port ?? 0), '127.0.0.1', () =>
      say(true, `listens on ${server.address().port}`, { port: server.address().port }),
    )
  },
  client() {
    const socket = net.connect(Number(port), '127.0.0.1')
    let left = ROUND_TRIPS
    const startedMs = performance.now()
    socket.on('error', (error) => done(false, `${error.code}: ${error.message}`))
    socket.on('connect', () => socket.write('x'))
    socket.on('data', () => {
      if (--left > 0) return socket.write('x')
      done(true, `${((performance.now() - startedMs) / ROUND_TRIPS).toFixed(2)} ms for a round trip`)
    })
  },
  /** 1 MiB there and back, waiting for `drain`. */
  flood() {
    const socket = net.connect(Number(port), '127.0.0.1')
    const piece = Buffer.alloc(16 * 1024, 7)
    let sent = 0
    let got = 0
    let waits = 0
    const startedMs = performance.now()
    const write = () => {
      while (sent < MIB) {
        sent += piece.length
        if (!socket.write(piece)) {
          waits++
          return socket.once('drain', write)
        }
      }
    }
    socket.on('error', (error) => done(false, `${error.code}: ${error.message}`))
    socket.on('connect', write)
    socket.on('data', (bytes) => {
      got += bytes.length
      if (got === MIB) done(true, `1 MiB in ${Math.round(performance.now() - startedMs)} ms, ${waits} waits for drain`)
    })
  },
  /** What a peer sees when the other process is killed. */
  peer() {
    const socket = net.connect(Number(port), '127.0.0.1')
    const seen = []
    let killedMs = 0
    const note = (event, code = '') => seen.push(`${event}${code === '' ? '' : ` ${code}`}`)
    const end = () =>
      done(
        seen.includes('close'),
        seen.length === 0
          ? `nothing within ${SILENCE_MS} ms`
          : `${seen.join(', ')} after ${Math.round(performance.now() - killedMs)} ms`,
      )
    socket.on('connect', () => {
      killedMs = performance.now()
      say(true, 'connected', { connected: true })
      setTimeout(end, SILENCE_MS)
    })
    socket.on('end', () => note('end'))
    socket.on('error', (error) => note('error', error.code))
    socket.on('close', () => {
      note('close')
      end()
    })
  },
  files() {
    fs.mkdirSync('doctor-files', { recursive: true })
    const steps = {
      'positional write': () => fs.writeSync(file, Buffer.from('abcdef'), 0, 6, 10),
      writev: () => fs.writevSync(file, [Buffer.from('gh'), Buffer.from('ij')], 16),
      fsync: () => fs.fsyncSync(file),
      fdatasync: () => fs.fdatasyncSync(file),
      ftruncate: () => fs.ftruncateSync(file, 32),
      'positional read': () => {
        const bytes = Buffer.alloc(10)
        fs.readSync(file, bytes, 0, 10, 10)
        if (bytes.toString() !== 'abcdefghij') throw new Error(`read ${JSON.stringify(bytes.toString())}`)
      },
      'rename over a file': () => {
        fs.writeFileSync('doctor-files/b', 'old')
        fs.renameSync('doctor-files/a', 'doctor-files/b')
        if (fs.statSync('doctor-files/b').size !== 32) throw new Error('the old file is still there')
      },
      'hard link': () => fs.linkSync('doctor-files/b', 'doctor-files/c'),
    }
    const file = fs.openSync('doctor-files/a', 'w+')
    const failed = []
    for (const [name, step] of Object.entries(steps)) {
      try {
        step()
      } catch (error) {
        failed.push(`${name}: ${error.code ?? error.message}`)
      }
    }
    fs.rmSync('doctor-files', { recursive: true, force: true })
    done(failed.length === 0, failed.length === 0 ? Object.keys(steps).join(', ') : `failed: ${failed.join('; ')}`)
  },
  /** A control line of 1,000 bytes on standard input. */
  input() {
    let got = ''
    process.stdin.setEncoding('utf8')
    process.stdin.on('data', (text) => {
      got += text
      if (!/[\r\n]/.test(got)) return
      const line = got.split(/[\r\n]/)[0]
      const end = JSON.stringify(got.slice(line.length))
      done(
        line.length === 1_000,
        `${line.length} of 1000 characters, ended by ${end}, terminal: ${process.stdin.isTTY === true}`,
      )
    })
    say(true, 'reads', { reads: true })
  },
}

PROBES[probe]()
