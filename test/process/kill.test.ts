/** The broker as a real process on a real disk: what it acknowledged is there, however it ends. */
import { afterAll, expect, it } from 'vitest'
import { ClientInstance } from '../../reference/client/client-instance.ts'
import { PushConsumer } from '../../reference/client/consumer/push-consumer.ts'
import { Producer } from '../../reference/client/producer/producer.ts'
import { PROPERTY } from '../../reference/common/message.ts'
import { encodeUtf8 } from '../../reference/common/utf8.ts'
import { createNodeHost } from '../../reference/host/node/node-host.ts'
import { CONSUME_FROM } from '../../reference/remoting/bodies/heartbeat.ts'
import { glassmqBroker, glassmqNameServer } from '../interop/glassmq.ts'
import { temporaryFolder } from '../support/temp.ts'

const KILLS = 20
const SENDERS = 8
const ends: (() => Promise<void> | void)[] = []
afterAll(async () => {
  for (const end of ends.reverse()) await end()
})

it(`kill -9 during sends under SYNC_FLUSH, ${KILLS} times: every acknowledged message is there`, async () => {
  const nameServer = await glassmqNameServer()
  ends.push(() => nameServer.kill())
  let broker = await glassmqBroker({ namesrv: nameServer.address, config: { flushDiskType: 'SYNC_FLUSH' } })
  ends.push(() => broker.kill())
  const folder = temporaryFolder('kill-client')
  const host = createNodeHost({ name: 'client', directory: folder.path })
  ends.push(
    () => folder.remove(),
    () => host.dispose(),
  )

  const producer = new Producer(new ClientInstance(host, [nameServer.address]), 'kill-producer')
  producer.start()
  ends.push(() => producer.shutdown())
  const acknowledged = new Set<string>()
  let number = 0
  let failed = 0
  let killed = 0
  for (let kill = 1; kill <= KILLS; kill++) {
    let isDown = false
    const killAfter = acknowledged.size + 15 + ((kill * 37) % 60)
    const send = async () => {
      while (!isDown) {
        const key = `m${++number}`
        const properties = new Map([[PROPERTY.KEYS as string, key]])
        const sent = producer.send({ topic: 'Killed', body: encodeUtf8(key.padEnd(700, '.')), properties })
        const status = await sent.then((result) => result.status).catch(() => 'FAILED')
        if (status === 'SEND_OK') acknowledged.add(key)
        else failed++
        if (acknowledged.size >= killAfter && !isDown) {
          isDown = true
          await broker.kill()
          killed++
        }
      }
    }
    await Promise.all(Array.from({ length: SENDERS }, send))
    broker = await broker.startAgain()
  }
  expect(killed).toBe(KILLS)
  expect(failed, 'sends were under way when it was killed').toBeGreaterThan(KILLS)

  const found = new Set<string>()
  const consumer = new PushConsumer(
    new ClientInstance(host, [nameServer.address]),
    { group: 'kill-audit', consumeFromWhere: CONSUME_FROM.FIRST_OFFSET },
    (message) => {
      found.add(message.properties.get(PROPERTY.KEYS)!)
      if (!isMissing()) allFound()
      return 'CONSUME_SUCCESS'
    },
  )
  const isMissing = () => [...acknowledged].some((key) => !found.has(key))
  let allFound = () => {}
  const arrived = new Promise<void>((resolve) => {
    allFound = resolve
  })
  consumer.subscribe('Killed', '*')
  consumer.start()
  ends.push(() => consumer.shutdown())
  await Promise.race([arrived, new Promise((resolve) => setTimeout(resolve, 90_000))])
  const lost = [...acknowledged].filter((key) => !found.has(key))
  expect(lost, `of ${acknowledged.size} acknowledged`).toEqual([])
}, 280_000)
