/** What a client leaves behind when it was shut down: nothing. */
import { expect, it } from 'vitest'
import { namesrvAddresses } from '../../reference/client/apps/namesrv-addresses.ts'
import { ClientInstance } from '../../reference/client/client-instance.ts'
import { LitePullConsumer } from '../../reference/client/consumer/lite-pull-consumer.ts'
import { PullConsumer } from '../../reference/client/consumer/pull-consumer.ts'
import { PushConsumer } from '../../reference/client/consumer/push-consumer.ts'
import { Producer } from '../../reference/client/producer/producer.ts'
import type { Host } from '../../reference/host/host.ts'
import type { Program } from '../../reference/host/program.ts'
import { readSettings } from '../../reference/host/program-args.ts'
import { SimCluster } from '../../reference/host/sim/cluster.ts'
import { CONSUME_FROM, MESSAGE_MODEL } from '../../reference/remoting/bodies/heartbeat.ts'
import { NAMESRV, PROGRAMS, sendMany, startCluster, startProducer } from '../support/sim.ts'

const GROUP = { group: 'billing', consumeFromWhere: CONSUME_FROM.FIRST_OFFSET }
/** By then what was under way is over: an answer, a listener that still has a message, the end of a connection. */
const ENDED_WITHIN_MS = 100
/** From then on, every request of the client fails, and waits to be tried again. */
const BROKER_DIES_MS = 70_000

/** Starts a client. `asks` takes the promises that the client owes. The function that comes back shuts the client down. */
type Client = (instance: ClientInstance, asks: (promise: Promise<unknown>) => void, host: Host) => () => void

const push =
  (options: Partial<ConstructorParameters<typeof PushConsumer>[1]>): Client =>
  (instance, asks, host) => {
    // of five messages, one fails, and one is never answered
    let count = 0
    const consumer = new PushConsumer(instance, { ...GROUP, ...options }, () => {
      const status = ++count % 3 === 0 ? 'RECONSUME_LATER' : 'CONSUME_SUCCESS'
      return new Promise((resolve) => {
        if (count % 5 !== 0) host.clock.after(10, () => resolve(status))
      })
    })
    consumer.subscribe('Orders', '*')
    asks(consumer.start())
    return () => consumer.shutdown()
  }

const CLIENTS: readonly [string, Client][] = [
  [
    'a producer',
    (instance, asks) => {
      const producer = new Producer(instance, 'shop')
      producer.start()
      for (let i = 0; i < 5; i++) asks(producer.send({ topic: 'Orders', body: Uint8Array.of(i) }))
      return () => producer.shutdown()
    },
  ],
  ['a push consumer', push({})],
  ['an orderly push consumer', push({ orderly: true })],
  ['a broadcasting push consumer', push({ messageModel: MESSAGE_MODEL.BROADCASTING })],
  ['a popping push consumer', push({ group: 'popping', clientRebalance: false })],
  [
    'a lite pull consumer',
    (instance, asks) => {
      const consumer = new LitePullConsumer(instance, GROUP)
      consumer.subscribe('Orders')
      asks(consumer.start())
      asks(consumer.poll(3_600_000))
      return () => consumer.shutdown()
    },
  ],
  [
    'a pull consumer',
    (instance, asks) => {
      const consumer = new PullConsumer(instance, 'billing')
      consumer.start()
      asks(consumer.fetchSubscribeMessageQueues('Orders'))
      return () => consumer.shutdown()
    },
  ],
]

/** What a client holds of its host: timers that were neither called nor cancelled, and connections that did not end. And what it owes. */
class Held {
  readonly timers = new Set<number>()
  readonly connections = new Set<number>()
  owed = 0

  readonly asks = (promise: Promise<unknown>) => {
    this.owed++
    const settled = () => void this.owed--
    promise.then(settled, settled)
  }

  watched(host: Host): Host {
    const { clock, network } = host
    return {
      ...host,
      clock: {
        nowMs: () => clock.nowMs(),
        monotonicMs: () => clock.monotonicMs(),
        after: (delayMs, callback) => {
          const timer = clock.after(delayMs, () => {
            this.timers.delete(timer)
            callback()
          })
          this.timers.add(timer)
          return timer
        },
        cancel: (timer) => {
          this.timers.delete(timer)
          clock.cancel(timer)
        },
      },
      network: {
        ...network,
        connect: (address, handler) => {
          const connection = network.connect(address, {
            ...handler,
            onClosed: (id, reason) => {
              this.connections.delete(id)
              handler.onClosed(id, reason)
            },
          })
          this.connections.add(connection)
          return connection
        },
      },
    }
  }
}

it.each(CLIENTS)('%s that was shut down keeps no timer and no connection, and owes no answer', async (_, start) => {
  for (const afterMs of [0, 10, 150, 2_000, 3_000, BROKER_DIES_MS + 200]) {
    const held = new Held()
    let shutDown = () => {}
    const client: Program = (given, args, signals) => {
      const host = held.watched(given)
      shutDown = start(new ClientInstance(host, namesrvAddresses(readSettings(given, args))), held.asks, given)
      given.application.serve((_name, _text, answer) => {
        shutDown()
        answer('')
      })
      given.clock.after(0, () => signals.ready())
      return { stop: (done) => done() }
    }
    const cluster = new SimCluster({ seed: 1, programs: { ...PROGRAMS, client } })
    try {
      await cluster.driver.run(async (running) => {
        await startCluster(running, { brokers: ['broker-a'], queues: 2 })
        await startProducer(running)
        await sendMany(running, 'order', 12)
        await running.admin('admin', [
          ...['setConsumeMode', '-c', 'DefaultCluster', '-t', 'Orders', '-g', 'popping', '-m', 'POP', '-q', '0'],
        ])
        await running.start({ name: 'client', program: 'client', args: [NAMESRV] })
        await running.sleep(Math.min(afterMs, BROKER_DIES_MS))
        if (afterMs > BROKER_DIES_MS) await running.kill('broker-a')
        await running.sleep(Math.max(0, afterMs - BROKER_DIES_MS))
        await running.call('client', 'shutdown', '')
        await running.sleep(ENDED_WITHIN_MS)
        const { timers, connections, owed } = held
        expect([timers.size, connections.size, owed], `shut down after ${afterMs} ms`).toEqual([0, 0, 0])
      })
    } finally {
      await cluster.dispose()
    }
  }
})
