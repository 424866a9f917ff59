/**
 * What only real hosts have: locks between processes, lab names, the undo record, a launcher that leaves nothing behind.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { decodeUtf8, encodeUtf8 } from '../../reference/common/utf8.ts'
import type { Disk } from '../../reference/host/host.ts'
import { NodeDisk } from '../../reference/host/node/disk.ts'
import { createFaultyHost } from '../../reference/host/node/faults.ts'
import { undoUnsynced } from '../../reference/host/node/faulty-disk.ts'
import { LabHosts } from '../../reference/host/node/lab-hosts.ts'
import { createNodeHost } from '../../reference/host/node/node-host.ts'
import { NodeProcessBackend } from '../../reference/host/node/process-backend.ts'
import { ProcessCluster } from '../../reference/host/processes/process-cluster.ts'

const LAUNCHER = fileURLToPath(new URL('../../reference/host/node/launch.ts', import.meta.url))
const TOY = fileURLToPath(new URL('./toy-program.ts', import.meta.url))
const LIMIT_MS = 120_000

let root = ''
/** Started by the test that runs now: none may outlive it, whatever it found. */
const children: ChildProcess[] = []
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'glassmq-node-'))
})
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await rm(root, { recursive: true, force: true })
})

async function until(what: string, holds: () => boolean): Promise<void> {
  const startedMs = performance.now()
  while (!holds()) {
    if (performance.now() - startedMs > 60_000) throw new Error(`waited in vain until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** Runs the launcher on its own; `output` grows as it prints. */
function launch(args: readonly string[]) {
  const child = spawn(process.execPath, [LAUNCHER, ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
  children.push(child)
  const run = { child, output: '', code: undefined as number | null | undefined }
  child.stdout.setEncoding('utf8').on('data', (text: string) => void (run.output += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (run.output += text))
  child.on('close', (code) => void (run.code = code))
  return run
}

const toyServer = (directory: string, ...more: string[]) => [
  ...['--program', TOY, '--export', 'server', '--name', 'server', '--dir', directory],
  ...more,
  '--',
  '127.0.0.1:0',
]

test(
  'a directory belongs to one living process; a killed one loses its lock',
  async () => {
    const directory = join(root, 'd')
    const first = launch(toyServer(directory))
    await until('the first is ready', () => first.output.includes('"ready"'))
    const second = launch(toyServer(directory))
    await until('the second ended', () => second.code !== undefined)
    expect(second.output).toContain('another process holds the lock')
    expect(second.code).toBe(1)
    expect(new NodeDisk(directory).lock('lock')).toBe(false)
    first.child.kill('SIGKILL')
    await until('the first ended', () => first.code !== undefined)
    const disk = new NodeDisk(directory)
    expect(disk.lock('lock')).toBe(true)
    expect(readdirSync(directory).sort()).toEqual(['lock', 'store'])
    disk.dispose()
    expect(existsSync(join(directory, 'lock'))).toBe(false)
  },
  LIMIT_MS,
)

test('a lock file with nonsense in it, or of a process number used again, is stale', () => {
  for (const owner of ['', 'nonsense', '999999999 1 1\n', `${process.pid} 12345 1\n`]) {
    writeFileSync(join(root, 'lock'), owner)
    const disk = new NodeDisk(root)
    expect(disk.lock('lock'), owner).toBe(true)
    disk.dispose()
  }
})

test(
  'a plain server stops in good order on SIGTERM, and says so',
  async () => {
    const server = launch(toyServer(join(root, 'd')))
    await until('it is ready', () => server.output.includes('"ready"'))
    server.child.kill('SIGTERM')
    await until('it ended', () => server.code !== undefined)
    expect(server.code).toBe(0)
    expect(server.output).toContain('{"log":{"kind":"stopped"}}')
  },
  LIMIT_MS,
)

test(
  'a launcher whose starter is gone ends by itself',
  async () => {
    const server = launch(toyServer(join(root, 'd'), '--token', 't'))
    await until('it is ready', () => server.output.includes('"ready"'))
    server.child.stdin.end()
    await until('it ended', () => server.code !== undefined)
    expect(server.code).toBe(0)
  },
  LIMIT_MS,
)

test(
  'what is wrong with the command is said in a sentence',
  async () => {
    for (const [args, sentence] of [
      [['--name', 'x', '--dir', join(root, 'x')], 'needs --program'],
      [['--name', 'x', '--dir', join(root, 'x'), '--program', join(root, 'missing.ts')], 'missing.ts'],
      [
        ['--name', 'x', '--dir', join(root, 'x'), '--program', TOY, '--export', 'nonsense'],
        'exports no program named nonsense',
      ],
    ] as const) {
      const run = launch(args)
      await until('it ended', () => run.code !== undefined)
      expect(run.code).toBe(1)
      expect(run.output).toContain(sentence)
    }
  },
  LIMIT_MS,
)

test(
  'a disposed cluster leaves no process and no directory',
  async () => {
    const backend = await NodeProcessBackend.create()
    const cluster = new ProcessCluster({ backend, programs: { server: { path: TOY, export: 'server' } } })
    await cluster.start({ name: 'server', program: 'server', args: [], readyWithinMs: 60_000 })
    expect(existsSync(join(backend.root, 'lab-hosts.json'))).toBe(true)
    const [pid] = decodeUtf8((await cluster.readFile('server', 'lock'))!).split(' ')
    await cluster.dispose()
    expect(existsSync(backend.root)).toBe(false)
    await until('the process is gone', () => {
      try {
        process.kill(Number(pid), 0)
        return false
      } catch {
        return true
      }
    })
  },
  LIMIT_MS,
)

test('lab names are looked up at each connect, and unknown ones are nobody', () => {
  const path = join(root, 'lab-hosts.json')
  const names = new LabHosts(path, 'me')
  expect(names.target('broker-a:10911')).toBeUndefined()
  writeFileSync(path, '{"broker-a:10911":"127.0.0.1:4711","bad":7}')
  expect(names.target('broker-a:10911')).toEqual({ host: '127.0.0.1', port: 4711 })
  expect(names.target('broker-a:1')).toBeUndefined()
  expect(names.target('127.0.0.1:80')).toEqual({ host: '127.0.0.1', port: 80 })
  expect(names.nameOf('127.0.0.1:4711')).toBe('broker-a:10911')
  expect(names.resolve('broker-a')).toBe('127.0.0.1')
  expect(names.resolve('me')).toBe('127.0.0.1')
  writeFileSync(path, '{"broker-a:10911":')
  expect(names.target('broker-a:10911')).toBeUndefined()
})

test.runIf(existsSync('/proc/self/fd'))('a broker with many queues does not run out of descriptors', () => {
  const disk = new NodeDisk(root)
  const before = readdirSync('/proc/self/fd').length
  for (let i = 0; i < 2_000; i++) disk.open(`q/${i}`)
  expect(readdirSync('/proc/self/fd').length - before).toBeLessThan(600)
  disk.dispose()
  expect(readdirSync('/proc/self/fd').length - before).toBeLessThan(10)
})

test('draws repeat with a seed and differ without one', () => {
  const draw = (seed?: number) => {
    const host = createNodeHost({ name: 'a', directory: join(root, 'a'), ...(seed === undefined ? {} : { seed }) })
    return host.random.int('x', 2 ** 32)
  }
  expect(draw(5)).toBe(draw(5))
  expect(new Set([draw(), draw(), draw(), draw()]).size).toBeGreaterThan(1)
})

// ---- the undo record ---------------------------------------------------------------------------------------------------

function undoable() {
  const host = createNodeHost({ name: 'a', directory: join(root, 'a') })
  const undo = new NodeDisk(join(root, 'undo'))
  return { host, undo, disk: createFaultyHost(host, (address) => address, undo).disk }
}

const synced = (sync: (done: (error: string) => void) => void) =>
  new Promise<void>((resolve, reject) => sync((error) => (error === '' ? resolve() : reject(new Error(error)))))

function write(disk: Disk, path: string, text: string, atBytes = 0) {
  const file = disk.open(path)
  disk.write(file, atBytes, encodeUtf8(text))
  return file
}

const contentOf = (disk: Disk, path: string) =>
  disk.sizeBytes(path) < 0 ? undefined : decodeUtf8(disk.read(disk.open(path), 0, 1e6))

test('what was synced stays, what was not is taken back, newest first', async () => {
  const { host, undo, disk } = undoable()
  const log = write(disk, 'store/log', 'one ')
  await synced((done) => disk.sync(log, done))
  await synced((done) => disk.syncDirectory('store', done))
  disk.write(log, 4, encodeUtf8('two '))
  disk.write(log, 0, encodeUtf8('ONE'))
  disk.resize(log, 2)
  write(disk, 'store/new', 'x')
  expect(contentOf(disk, 'store/log')).toBe('ON')
  expect(undoUnsynced(host.disk, undo)).toBe(5)
  expect(contentOf(host.disk, 'store/log')).toBe('one ')
  expect(host.disk.list('store')).toEqual(['log'])
  expect(undoUnsynced(host.disk, undo)).toBe(0)
})

test('a rename not synced is taken back, with what it replaced', async () => {
  const { host, undo, disk } = undoable()
  await synced((done) => disk.sync(write(disk, 'conf', 'old'), done))
  await synced((done) => disk.sync(write(disk, 'tmp', 'new'), done))
  await synced((done) => disk.syncDirectory('', done))
  disk.rename('tmp', 'conf')
  expect(contentOf(disk, 'conf')).toBe('new')
  undoUnsynced(host.disk, undo)
  expect([contentOf(host.disk, 'conf'), contentOf(host.disk, 'tmp')]).toEqual(['old', 'new'])
})

test('a renamed file is synced under its new name, and undone under it', async () => {
  const { host, undo, disk } = undoable()
  const file = write(disk, 'tmp', 'new')
  disk.rename('tmp', 'conf')
  await synced((done) => disk.syncDirectory('', done))
  disk.write(file, 3, encodeUtf8('er'))
  expect(undoUnsynced(host.disk, undo)).toBe(2)
  expect(contentOf(host.disk, 'conf')).toBe('')

  const again = undoable()
  const kept = write(again.disk, 'tmp', 'new')
  again.disk.rename('tmp', 'conf')
  await synced((done) => again.disk.sync(kept, done))
  await synced((done) => again.disk.syncDirectory('', done))
  expect(undoUnsynced(again.host.disk, again.undo)).toBe(0)
  expect(contentOf(again.host.disk, 'conf')).toBe('new')
})

test('a removed file comes back when its directory was not synced', async () => {
  const { host, undo, disk } = undoable()
  await synced((done) => disk.sync(write(disk, 'f', 'text'), done))
  await synced((done) => disk.syncDirectory('', done))
  disk.remove('f')
  expect(contentOf(disk, 'f')).toBeUndefined()
  undoUnsynced(host.disk, undo)
  expect(contentOf(host.disk, 'f')).toBe('text')
})

test('the undo record goes on over a restart, and a torn last line of it is nothing', async () => {
  const first = undoable()
  write(first.disk, 'f', 'never synced')
  first.host.dispose()
  const second = undoable()
  write(second.disk, 'g', 'neither')
  const record = new NodeDisk(join(root, 'undo'))
  record.write(record.open('undo.jsonl'), record.sizeBytes('undo.jsonl'), encodeUtf8('{"id":99,"path":"x","ki'))
  undoUnsynced(second.host.disk, second.undo)
  expect(second.host.disk.list('')).toEqual([])
})

test('more files than descriptors, all synced at once and some closed meanwhile: every sync ends well', async () => {
  const disk = new NodeDisk(root)
  const count = 1_500
  const files = Array.from({ length: count }, (_, i) => disk.open(`queues/${i}`))
  for (const [i, file] of files.entries()) disk.write(file, 0, encodeUtf8(`file ${i}`))
  const errors = files.map((file) => new Promise<string>((resolve) => disk.sync(file, resolve)))
  for (const file of files.slice(1_400)) disk.close(file)
  expect(new Set(await Promise.all(errors))).toEqual(new Set(['']))
  for (const i of [0, 700, 1_399]) expect(decodeUtf8(disk.read(files[i]!, 0, 20))).toBe(`file ${i}`)
  expect(readdirSync(join(root, 'queues'))).toHaveLength(count)
  disk.dispose()
})
