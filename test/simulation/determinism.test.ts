/**
 * The promise the whole book stands on: a seed is a run. Same seed and programs, same bytes of the log, whatever drives the
 * simulation and however fast.
 */
import { describe, expect, test } from 'vitest'
import type { Cluster } from '../../reference/host/cluster.ts'
import { SimCluster, type SimClusterOptions } from '../../reference/host/sim/cluster.ts'
import type { ProgramSource } from '../../reference/host/sim/programs.ts'
import * as toy from '../hosts/toy-program.ts'
import { chaos } from './chaos.ts'
import { flatPort } from './flat-port.ts'

const PROGRAMS: Record<string, ProgramSource> = { server: toy.server, client: toy.client, consumer: toy.consumer }

function make(options: Partial<SimClusterOptions> & { seed: number }): SimCluster {
  return new SimCluster({ programs: PROGRAMS, record: true, cutOneIn: options.seed % 3, ...options })
}

/** The whole log as text. */
function logOf(cluster: SimCluster): string {
  return cluster.events.map((event) => JSON.stringify(event)).join('\n')
}

async function run(options: Partial<SimClusterOptions> & { seed: number }, script = chaos): Promise<SimCluster> {
  const cluster = make(options)
  await cluster.driver.run(script)
  return cluster
}

const plain = async (cluster: Cluster) => {
  for (const name of ['server', 'client', 'consumer']) await cluster.start({ name, program: name, args: [] })
  for (let i = 0; i < 20; i++) {
    await cluster.produce('client', { topic: 't', key: `k${i}`, body: 'b' })
    await cluster.sleep(100)
  }
}

describe('a seed is a run', () => {
  test('100 seeds of chaos: the same bytes twice, different bytes for different seeds', async () => {
    const hashes = new Set<string>()
    for (let seed = 1; seed <= 100; seed++) {
      const first = await run({ seed })
      const second = await run({ seed })
      if (first.hash() !== second.hash()) expect(logOf(second)).toBe(logOf(first)) // shows where they part
      expect(second.hash()).toBe(first.hash())
      expect(second.deliveries()).toEqual(first.deliveries())
      expect(first.failures).toEqual([])
      hashes.add(first.hash())
    }
    expect(hashes.size).toBe(100)
  })

  test('equal hashes mean equal bytes', async () => {
    const first = await run({ seed: 11 })
    const second = await run({ seed: 11 })
    expect(logOf(second)).toBe(logOf(first))
    expect(first.events.length).toBeGreaterThan(200)
  })

  test('until the kill, a run with a kill is the run without it', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const whole = await run({ seed }, plain)
      const killed = make({ seed })
      const at = 300 + seed * 37
      const script = killed.driver.attach(plain)
      await killed.driver.runUntil(at)
      await killed.kill('server')
      await killed.driver.runUntil(at + 20_000)
      await script.catch(() => {})
      const before = killed.events.findIndex((event) => event.kind === 'node.stopped')
      expect(before).toBeGreaterThan(20)
      expect(killed.events.slice(0, before)).toEqual(whole.events.slice(0, before))
      expect(killed.hash()).not.toBe(whole.hash())
    }
  })

  test('paced in small slices it is the same run', async () => {
    const whole = await run({ seed: 5 })
    for (const eventsMax of [1, 7, 1_000]) {
      const paced = make({ seed: 5 })
      let isOver = false
      const script = paced.driver.attach(chaos).finally(() => (isOver = true))
      for (let atMs = 0; !isOver; atMs += 13) {
        while (!(await paced.driver.advance(eventsMax, atMs)).isIdle && !isOver);
      }
      await script
      expect(logOf(paced).startsWith(logOf(whole))).toBe(true)
    }
  })

  test('another way to the next turn of the event loop: the same run', async () => {
    const whole = await run({ seed: 6 })
    const channel = new MessageChannel()
    const waiting: (() => void)[] = []
    channel.port1.onmessage = () => waiting.shift()?.()
    const hop = () =>
      new Promise<void>((resolve) => {
        waiting.push(resolve)
        channel.port2.postMessage(0)
      })
    const other = await run({ seed: 6, hop })
    channel.port1.close()
    expect(other.hash()).toBe(whole.hash())
  })

  test('programs that use no promises may say so: the same run', async () => {
    const whole = await run({ seed: 7 })
    const declare = (program: ProgramSource) => ({ program: program as typeof toy.server, usesPromises: false })
    const programs = Object.fromEntries(Object.entries(PROGRAMS).map(([name, program]) => [name, declare(program)]))
    expect((await run({ seed: 7, programs })).hash()).toBe(whole.hash())
  })

  test('behind a wall that only numbers, text and bytes can pass: the same run', async () => {
    for (const seed of [8, 9, 10]) {
      const whole = await run({ seed })
      const programs = Object.fromEntries(
        Object.entries(PROGRAMS).map(([name, program]) => [name, { port: flatPort(program as typeof toy.server) }]),
      )
      expect((await run({ seed, programs })).hash()).toBe(whole.hash())
    }
  })

  test('loaded anew at each start: the same run', async () => {
    const whole = await run({ seed: 12 })
    const slowly = (program: ProgramSource) => async () => {
      await new Promise((resolve) => setTimeout(resolve, 1))
      return program as typeof toy.server
    }
    const programs = Object.fromEntries(Object.entries(PROGRAMS).map(([name, program]) => [name, slowly(program)]))
    expect((await run({ seed: 12, programs })).hash()).toBe(whole.hash())
  })

  test('whether somebody records or not changes nothing that happens', async () => {
    const recorded = await run({ seed: 13 })
    const silent = await run({ seed: 13, record: false })
    expect(silent.events).toEqual([])
    expect([silent.eventCount, silent.nowMs()]).toEqual([recorded.eventCount, recorded.nowMs()])
    expect(silent.deliveries()).toEqual(recorded.deliveries())
  })

  test('a subscriber hears exactly what a recorder keeps', async () => {
    const recorded = await run({ seed: 14 })
    const heard: string[] = []
    const listening = make({ seed: 14, record: false })
    const stop = listening.subscribe((event) => void heard.push(JSON.stringify(event)))
    await listening.driver.run(chaos)
    stop()
    expect(heard.join('\n')).toBe(logOf(recorded))
  })

  test('a subscriber who reads no payloads hears the same, without them, unless another reads them', async () => {
    const recorded = logOf(await run({ seed: 14 }))
    const bare = recorded.replaceAll(/"payload":"[^"]*"/g, '"payload":""')
    const hear = async (isAnotherThere: boolean) => {
      const heard: string[] = []
      const cluster = make({ seed: 14, record: false })
      cluster.subscribe((event) => void heard.push(JSON.stringify(event)), { payloads: false })
      if (isAnotherThere) cluster.subscribe(() => {})
      await cluster.driver.run(chaos)
      return heard.join('\n')
    }
    expect(bare).not.toBe(recorded)
    expect(await hear(false)).toBe(bare)
    expect(await hear(true)).toBe(recorded)
  })
})

describe('time', () => {
  test('does not keep the process from other work while a long run goes on', async () => {
    const cluster = make({ seed: 1 })
    let turns = 0
    let isOver = false
    const count = () => {
      turns++
      if (!isOver) setImmediate(count)
    }
    setImmediate(count)
    await cluster.driver.run(async (c) => {
      for (let i = 0; i < 1_000; i++) await c.sleep(1)
    })
    isOver = true
    expect(turns).toBeGreaterThan(10)
  })

  test('stands still while a script awaits something that is not of its cluster', async () => {
    const cluster = make({ seed: 1 })
    await cluster.driver.run(async (c) => {
      await c.start({ name: 'server', program: 'server', args: [] })
      const beforeMs = c.nowMs()
      await new Promise((resolve) => setTimeout(resolve, 20))
      expect(c.nowMs()).toBe(beforeMs)
      await c.sleep(20)
      expect(c.nowMs()).toBe(beforeMs + 20)
    })
  })

  test('an hour in which nothing happens takes no events', async () => {
    const cluster = make({ seed: 1 })
    await cluster.driver.run(async (c) => {
      for (const name of ['server', 'client', 'consumer']) await c.start({ name, program: name, args: [] })
      await c.sleep(10_000)
      const before = cluster.eventCount
      await c.sleep(3_600_000)
      expect(cluster.eventCount - before).toBe(1)
    })
  })

  test('a script may have several strands', async () => {
    const cluster = make({ seed: 2 })
    const order: string[] = []
    await cluster.driver.run(async (c) => {
      const strand = async (name: string, ms: number) => {
        for (let i = 0; i < 3; i++) {
          await c.sleep(ms)
          order.push(`${name}${c.nowMs()}`)
        }
      }
      await Promise.all([strand('a', 10), strand('b', 15)])
    })
    expect(order).toEqual(['a10', 'b15', 'a20', 'b30', 'a30', 'b45'])
  })
})

describe('a run that goes wrong says so', () => {
  test('a program that throws ends the run, with node, time and seed', async () => {
    const cluster = make({ seed: 77 })
    const failing = cluster.driver.run(async (c) => {
      await c.start({ name: 'server', program: 'server', args: [] })
      await c.start({ name: 'client', program: 'client', args: [] })
      await c.call('client', 'ask', 'fail')
    })
    await expect(failing).rejects.toThrow(/^server threw Error: asked to fail \(at \d+ ms, event \d+, seed 77\)$/)
  })

  test('or only its node, for labs: the others go on', async () => {
    const cluster = make({ seed: 77, onThrow: 'end-node' })
    await cluster.driver.run(async (c) => {
      await c.start({ name: 'server', program: 'server', args: [] })
      await c.start({ name: 'client', program: 'client', args: [] })
      await expect(c.call('client', 'ask', 'fail')).rejects.toThrow('reset')
      expect(c.isRunning('server')).toBe(false)
      await c.restart('server')
      expect(await c.call('client', 'ask', 'echo again')).toBe('again')
    })
    expect(cluster.failures).toMatchObject([{ node: 'server' }])
    expect(cluster.events.find((e) => e.kind === 'node.stopped')).toMatchObject({
      how: 'failed',
      reason: 'Error: asked to fail',
    })
  })

  test('a program that answers itself without delay is stopped: time would stand still', async () => {
    const cluster = new SimCluster({
      seed: 1,
      limits: { eventsAtOnce: 1_000 },
      programs: {
        spinning: (host, _args, signals) => {
          const again = () => void host.clock.after(0, again)
          again()
          signals.ready()
          return { stop: (done) => done() }
        },
      },
    })
    const run = cluster.driver.run(async (c) => {
      await c.start({ name: 'a', program: 'spinning', args: [] })
      await c.sleep(10)
    })
    await expect(run).rejects.toThrow('the simulation limit eventsAtOnce was reached: time stands still')
  })

  test('a tenth node is refused with the name of the limit', async () => {
    const cluster = make({ seed: 1 })
    const run = cluster.driver.run(async (c) => {
      for (let i = 0; i < 10; i++) await c.start({ name: `n${i}`, program: 'server', args: [] })
    })
    await expect(run).rejects.toThrow('the simulation limit nodes was reached')
  })

  test('two drivers at once are refused', async () => {
    const cluster = make({ seed: 1 })
    const first = cluster.driver.runUntil(10)
    await expect(cluster.driver.runUntil(10)).rejects.toThrow('already being advanced')
    await first
  })

  test('disposing ends every wait', async () => {
    const cluster = make({ seed: 1 })
    const script = cluster.driver.attach((c) => c.sleep(1_000_000))
    await cluster.driver.runUntil(10)
    await cluster.dispose()
    await expect(script).rejects.toThrow('disposed')
  })
})
