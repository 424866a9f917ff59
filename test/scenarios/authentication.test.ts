/** A broker that lets in only who has signed. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Cluster } from '../../reference/host/cluster.ts'
import type { Program } from '../../reference/host/program.ts'
import { signatureFault, signRequest } from '../../reference/remoting/acl-signature.ts'
import { failure, makeRequest, type RemotingCommand, SUCCESS } from '../../reference/remoting/remoting-command.ts'
import { RemotingServer } from '../../reference/remoting/remoting-server.ts'
import { RequestCode } from '../../reference/remoting/request-code.ts'
import { ResponseCode } from '../../reference/remoting/response-code.ts'
import { withAsker } from '../support/asker.ts'
import { inSimulation, keysOf, sendMany, startBroker } from '../support/sim.ts'

const USERS = 'initAuthenticationUser=[{"username":"shop","password":"s3cret"},{"username":"desk","password":"other"}]'
const SHOP = ['accessKey=shop', 'secretKey=s3cret']

const start = (cluster: Cluster, name: string, program: string, settings: readonly string[]) =>
  cluster.start({ name, program, args: ['namesrvAddr=namesrv:9876', ...settings] })

async function startServers(cluster: Cluster): Promise<void> {
  await cluster.start({ name: 'namesrv', program: 'namesrv', args: ['listenPort=9876'] })
  await startBroker(cluster, 'broker-a', ['authenticationEnabled=true', USERS])
  await start(cluster, 'admin', 'admin', SHOP)
  await cluster.admin('admin', ['updateTopic', '-t', 'Orders', '-c', 'DefaultCluster'])
}

it('known senders produce, consume and administer; strangers get a sentence and nothing else', async () => {
  await inSimulation(1, async (cluster) => {
    await startServers(cluster)
    await start(cluster, 'shop', 'producer', SHOP)
    await start(cluster, 'desk-1', 'consumer', ['group=desk', 'topic=Orders', 'accessKey=desk', 'secretKey=other'])
    await start(cluster, 'spy-1', 'consumer', ['group=spy', 'topic=Orders'])
    await cluster.sleep(30_000)
    const sent = await sendMany(cluster, 'order', 10)
    await cluster.sleep(30_000)
    expect(keysOf(cluster, 'desk').sort()).toEqual(sent.sort())
    expect(keysOf(cluster, 'spy')).toEqual([])

    await start(cluster, 'nobody', 'producer', [])
    await start(cluster, 'thief', 'producer', ['accessKey=shop', 'secretKey=guessed'])
    await start(cluster, 'mallory', 'producer', ['accessKey=mallory', 'secretKey=x'])
    for (const [name, sentence] of [
      ['nobody', 'the request is not signed'],
      ['thief', 'the signature of "shop" is wrong'],
      ['mallory', 'the access key "mallory" is unknown'],
    ] as const) {
      const { status, error } = await cluster.produce(name, { topic: 'Orders', key: 'forged', body: 'x' })
      expect([status, error], name).toEqual(['FAILED', expect.stringContaining(sentence)])
    }
    await cluster.sleep(10_000)
    expect(keysOf(cluster, 'desk')).toHaveLength(10)
    const config = await cluster.admin('admin', ['getBrokerConfig', '-b', 'broker-a:10911'])
    expect(config, 'no request returns a secret').not.toMatch(/s3cret|other/)
  })
})

it('settings that let nobody in are refused at the start', async () => {
  await inSimulation(2, async (cluster) => {
    await cluster.start({ name: 'namesrv', program: 'namesrv', args: ['listenPort=9876'] })
    await expect(startBroker(cluster, 'broker-a', ['aclEnable=true'])).rejects.toThrow('nobody is known')
    await expect(
      startBroker(cluster, 'broker-b', ['authenticationEnabled=true', 'initAuthenticationUser={"username"']),
    ).rejects.toThrow('initAuthenticationUser cannot be read as JSON')
    await expect(start(cluster, 'shop', 'producer', ['accessKey=shop'])).rejects.toThrow('must both be set')
  })
})

const text = fc.string({ unit: 'binary', maxLength: 20 })

it('a signature holds for what was signed, and for nothing else', () => {
  const keys = new Map([['shop', 's3cret']])
  fc.assert(
    fc.property(fc.dictionary(text, text), fc.uint8Array({ maxLength: 50 }), text, (extFields, body, other) => {
      const signed = signRequest({ code: 10, extFields, body }, { accessKey: 'shop', secretKey: 's3cret' })
      const request = makeRequest(signed, 1, false)
      expect(signatureFault(request, keys)).toBe('')
      const changed = { ...request, extFields: { ...request.extFields, added: `${other}x` } }
      expect(signatureFault(changed, keys)).toContain('is wrong')
      expect(signatureFault({ ...request, body: Uint8Array.of(...body, 1) }, keys)).toContain('is wrong')
    }),
  )
})

it('a broker with credentials signs every request to a NameServer, also the one for a route', async () => {
  const unsigned: number[] = []
  const asked = new Set<number>()
  /** A NameServer that writes down who has not signed, and knows no topic. */
  const namesrv: Program = (host, _args, signals) => {
    const take = (request: RemotingCommand) => {
      asked.add(request.code)
      if (signatureFault(request, new Map([['desk', 'other']])) !== '') unsigned.push(request.code)
      return request.code === RequestCode.GET_ROUTEINFO_BY_TOPIC
        ? failure(ResponseCode.TOPIC_NOT_EXIST, 'none')
        : SUCCESS
    }
    const codes = [RequestCode.REGISTER_BROKER, RequestCode.UNREGISTER_BROKER, RequestCode.GET_ROUTEINFO_BY_TOPIC]
    const server = new RemotingServer(host, new Map(codes.map((code) => [code, take])), {
      onListening: () => signals.ready(),
      onFailed: (sentence) => signals.failed(sentence),
    })
    server.listen('namesrv:9876')
    return {
      stop(done) {
        server.close()
        host.clock.after(0, done)
      },
    }
  }
  await withAsker(
    async (cluster, ask) => {
      await cluster.start({ name: 'namesrv', program: 'namesrv', args: [] })
      const inner = 'innerClientAuthenticationCredentials={"accessKey":"desk","secretKey":"other"}'
      await startBroker(cluster, 'broker-a', [inner])
      const body = JSON.stringify({ topic: 'Orders', consumerGroup: 'g', clientId: 'c', strategyName: 'AVG' })
      await ask({ code: RequestCode.QUERY_ASSIGNMENT, body })
      expect(asked.has(RequestCode.GET_ROUTEINFO_BY_TOPIC)).toBe(true)
      expect(asked.has(RequestCode.REGISTER_BROKER)).toBe(true)
      expect(unsigned).toEqual([])
    },
    false,
    { namesrv },
  )
})
