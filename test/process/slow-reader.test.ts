/** A client that asks and asks but never reads is cut off; nobody else waits for it, and its answers are not hoarded. */
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { ClientInstance } from '../../reference/client/client-instance.ts'
import { Producer } from '../../reference/client/producer/producer.ts'
import { createNodeHost } from '../../reference/host/node/node-host.ts'
import { encodeFrame } from '../../reference/remoting/frame-codec.ts'
import { SEND_BUFFER_BYTES_MAX } from '../../reference/remoting/limits.ts'
import { makeRequest } from '../../reference/remoting/remoting-command.ts'
import { pullMessage } from '../../reference/remoting/requests/pull-message.ts'
import { AdminClient } from '../../reference/tools/admin-client.ts'
import { runAdminCommand } from '../../reference/tools/commands.ts'
import { glassmqBroker, glassmqNameServer } from '../interop/glassmq.ts'

const BODY_BYTES = 1_000_000
const PULLS = Math.ceil((3 * SEND_BUFFER_BYTES_MAX) / BODY_BYTES)

it('three times the limit asked for and not read: the connection ends, the broker does not', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'glassmq-slow-'))
  const nameServer = await glassmqNameServer()
  const broker = await glassmqBroker({ namesrv: nameServer.address })
  const host = createNodeHost({ name: 'healthy', directory })
  try {
    const producer = new Producer(new ClientInstance(host, [nameServer.address]), 'healthy')
    producer.start()
    const body = new Uint8Array(BODY_BYTES)
    for (let i = 0; i < BODY_BYTES; i++) body[i] = (i * 7_919) >> 3 // does not deflate away
    const { queue, queueOffset } = await producer.send({ topic: 'Big', body })

    const [name, port] = broker.address.split(':') as [string, string]
    const socket = connect(Number(port), name)
    socket.pause()
    let isCut = false
    socket.on('error', () => {})
    socket.on('close', () => {
      isCut = true
    })
    const extFields = pullMessage.encode({
      consumerGroup: 'slow',
      topic: 'Big',
      queueId: queue.queueId,
      queueOffset,
      maxMsgNums: 1,
      sysFlag: 4,
      commitOffset: 0,
      suspendTimeoutMillis: 0,
      subscription: '*',
      subVersion: 0,
      expressionType: 'TAG',
    })
    for (let i = 0; i < PULLS; i++)
      socket.write(encodeFrame(makeRequest({ code: pullMessage.code, extFields }, i, false)))
    // a socket that is not read notices its end when it writes
    for (let tries = 0; tries < 100 && !isCut; tries++) {
      await sleep(100)
      socket.write(Uint8Array.of(0))
    }
    expect(isCut, 'the connection was cut off').toBe(true)
    expect((await producer.send({ topic: 'Big', body: Uint8Array.of(1) })).status).toBe('SEND_OK')
    producer.shutdown()
    const status = await runAdminCommand(['clusterList'], () => new AdminClient(host, [nameServer.address]))
    expect(status).toContain('true')
  } finally {
    host.dispose()
    await broker.kill()
    await nameServer.kill()
    rmSync(directory, { recursive: true, force: true })
  }
})
