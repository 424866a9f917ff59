/** A controller, asked as brokers and mqadmin ask it: every request with its fields, its body, and each of its refusals. */
import { describe, expect, it } from 'vitest'
import type { Cluster } from '../../reference/host/cluster.ts'
import { RandomStream } from '../../reference/host/sim/random.ts'
import { RequestCode } from '../../reference/remoting/request-code.ts'
import { ResponseCode } from '../../reference/remoting/response-code.ts'
import { invoke, type RawAnswer } from '../support/raw-client.ts'
import { inSimulation } from '../support/sim.ts'

const NAME = 'broker-a'
const PORT = 9878

/** Starts a group of controllers and the clients that speak to it. */
async function start(cluster: Cluster, count = 1, settings: readonly string[] = []): Promise<void> {
  const names = Array.from({ length: count }, (_, i) => `controller-${i}`)
  const peers = names.map((name, i) => `n${i}-${name}:${PORT}`).join(';')
  for (const [i, name] of names.entries()) {
    const own = [`controllerDLegerSelfId=n${i}`, `controllerDLegerPeers=${peers}`, 'controllerDLegerGroup=group1']
    await cluster.start({ name, program: 'controller', args: [...own, ...settings] })
  }
  // heartbeats of different replicas come over different connections
  for (const name of ['asker', 'replica-1', 'replica-2', 'replica-3'])
    await cluster.start({ name, program: 'raw-client', args: [] })
  await cluster.sleep(count === 1 ? 1_000 : 4_000)
}

type Fields = Readonly<Record<string, string | number | boolean>>

async function ask(
  cluster: Cluster,
  code: number,
  fields: Fields = {},
  {
    body,
    from = 'asker',
    to = 'controller-0',
    oneway = false,
  }: { body?: string; from?: string; to?: string; oneway?: boolean } = {},
): Promise<RawAnswer> {
  const extFields = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]))
  return invoke(cluster, from, {
    to: `${to}:${PORT}`,
    code,
    extFields,
    oneway,
    ...(body === undefined ? {} : { body }),
  })
}

const WHO = { clusterName: 'c', brokerName: NAME }
const apply = (cluster: Cluster, id: number, code = `10.0.0.${id}:10911;7`) =>
  ask(cluster, RequestCode.CONTROLLER_APPLY_BROKER_ID, { ...WHO, appliedBrokerId: id, registerCheckCode: code })
const heartbeat = (cluster: Cluster, id: number, more: Fields = {}) =>
  ask(
    cluster,
    RequestCode.BROKER_HEARTBEAT,
    { ...WHO, brokerAddr: `10.0.0.${id}:10911`, brokerId: id, epoch: 1, maxOffset: 100, ...more },
    { from: `replica-${id}`, oneway: true },
  )
const elect = (cluster: Cluster, brokerId: number, designateElect = false) =>
  ask(cluster, RequestCode.CONTROLLER_ELECT_MASTER, { ...WHO, brokerId, designateElect })
const alter = (cluster: Cluster, set: readonly number[], setEpoch: number, masterBrokerId = 1, masterEpoch = 1) =>
  ask(
    cluster,
    RequestCode.CONTROLLER_ALTER_SYNC_STATE_SET,
    { brokerName: NAME, masterBrokerId, masterEpoch, invokeTime: 1 },
    { body: JSON.stringify({ syncStateSet: set, syncStateSetEpoch: setEpoch }) },
  )
const replicaInfo = (cluster: Cluster) => ask(cluster, RequestCode.CONTROLLER_GET_REPLICA_INFO, { brokerName: NAME })

/** Three replicas with ids, alive; the first one is the master, in a set with the second. */
async function withMaster(cluster: Cluster, settings: readonly string[] = []): Promise<void> {
  await start(cluster, 1, settings)
  for (const id of [1, 2, 3]) await apply(cluster, id)
  for (const id of [1, 2, 3]) await heartbeat(cluster, id)
  await cluster.sleep(50)
  expect((await elect(cluster, 1)).code).toBe(0)
  expect((await alter(cluster, [1, 2], 1)).code).toBe(0)
}

const run = async (script: (cluster: Cluster) => Promise<void>): Promise<void> => {
  await inSimulation(1, script)
}

describe('ids', () => {
  it('are counted from 1 for each name, assigned once, and again to the replica that asks twice', () =>
    run(async (cluster) => {
      await start(cluster)
      const next = () => ask(cluster, RequestCode.CONTROLLER_GET_NEXT_BROKER_ID, WHO)
      expect((await next()).extFields).toEqual({ ...WHO, nextBrokerId: '1' })
      expect((await apply(cluster, 2)).code).toBe(ResponseCode.CONTROLLER_BROKER_ID_INVALID)
      expect((await apply(cluster, 1, '10.0.0.1:10911;7')).extFields).toEqual(WHO)
      expect((await apply(cluster, 1, '10.0.0.1:10911;7')).code).toBe(0)
      expect((await apply(cluster, 1, '10.0.0.9:10911;8')).code).toBe(ResponseCode.CONTROLLER_BROKER_ID_INVALID)
      expect((await next()).extFields['nextBrokerId']).toBe('2')
      expect((await apply(cluster, 5)).code).toBe(0)
      expect((await next()).extFields['nextBrokerId'], 'an id is never proposed twice').toBe('6')
      for (const id of [0, -1, 2 ** 31])
        expect((await apply(cluster, id)).code, `${id}`).toBe(ResponseCode.CONTROLLER_BROKER_ID_INVALID)
    }))

  it('survive a power cut, with everything else', () =>
    run(async (cluster) => {
      await withMaster(cluster)
      const before = await replicaInfo(cluster)
      await cluster.powerCut('controller-0')
      await cluster.restart('controller-0')
      await cluster.sleep(500)
      expect(await replicaInfo(cluster)).toEqual(before)
    }))

  it('are limited, and names too', () =>
    run(async (cluster) => {
      await start(cluster)
      for (let id = 1; id <= 128; id++) expect((await apply(cluster, id)).code, `${id}`).toBe(0)
      const refused = await apply(cluster, 129)
      expect(refused).toMatchObject({ code: ResponseCode.CONTROLLER_INVALID_REQUEST })
      expect(refused.remark).toMatch(/at most 128 of one name .* remove dead ones/)
      const long = { ...WHO, brokerName: 'x'.repeat(300), appliedBrokerId: 1, registerCheckCode: 'a;1' }
      expect((await ask(cluster, RequestCode.CONTROLLER_APPLY_BROKER_ID, long)).remark).toMatch(/longer than 255 bytes/)
      const other = { ...WHO, clusterName: 'd', appliedBrokerId: 200, registerCheckCode: 'a;1' }
      expect((await ask(cluster, RequestCode.CONTROLLER_APPLY_BROKER_ID, other)).remark).toMatch(/no room|belongs to/)
    }))
})

describe('registration', () => {
  const register = (cluster: Cluster, brokerId: number, brokerAddress: string) =>
    ask(cluster, RequestCode.CONTROLLER_REGISTER_BROKER, { ...WHO, brokerId, brokerAddress, invokeTime: 1 })

  it('of a name or an id that is not there is refused', () =>
    run(async (cluster) => {
      await start(cluster)
      const code = ResponseCode.CONTROLLER_BROKER_NEED_TO_BE_REGISTERED
      expect((await register(cluster, 1, '10.0.0.1:10911')).code).toBe(code)
      await apply(cluster, 1)
      expect((await register(cluster, 2, '10.0.0.2:10911')).code).toBe(code)
      expect(await register(cluster, 1, '10.0.0.1:10911')).toMatchObject({
        code: 0,
        extFields: WHO,
        body: '{"syncStateSet":[],"syncStateSetEpoch":0}',
      })
    }))

  it('tells the master while it is alive, and notes a new address', () =>
    run(async (cluster) => {
      await withMaster(cluster)
      const master = { masterBrokerId: '1', masterAddress: '10.0.0.1:10911', masterEpoch: '1', syncStateSetEpoch: '2' }
      expect(await register(cluster, 2, '10.0.0.22:10911')).toMatchObject({
        code: 0,
        extFields: { ...WHO, ...master },
        body: '{"syncStateSet":[1,2],"syncStateSetEpoch":2}',
      })
      const { body } = await ask(cluster, RequestCode.CONTROLLER_GET_SYNC_STATE_DATA, {}, { body: `["${NAME}"]` })
      expect(body).toContain('"brokerAddress":"10.0.0.22:10911"')
      expect((await register(cluster, 1, '10.0.0.11:10911')).extFields['masterAddress']).toBe('10.0.0.11:10911')
      await cluster.sleep(11_000)
      expect((await register(cluster, 2, '10.0.0.22:10911')).extFields).toEqual(WHO)
    }))
})

describe('elections', () => {
  it('the first who asks is the first master; then it stays while it is alive', () =>
    run(async (cluster) => {
      await start(cluster)
      expect((await elect(cluster, 1)).code).toBe(ResponseCode.CONTROLLER_BROKER_NEED_TO_BE_REGISTERED)
      for (const id of [1, 2]) await apply(cluster, id)
      const unknown = await elect(cluster, -1)
      expect(unknown.code).toBe(ResponseCode.CONTROLLER_MASTER_NOT_AVAILABLE)
      const info = await replicaInfo(cluster)
      expect(info.extFields, 'an election without a candidate takes the first epoch from nobody').toEqual({
        masterEpoch: '0',
      })
      const first = await elect(cluster, 2)
      expect(first).toMatchObject({
        code: 0,
        extFields: { masterBrokerId: '2', masterAddress: '10.0.0.2:10911', masterEpoch: '1', syncStateSetEpoch: '1' },
      })
      expect(JSON.parse(first.body)).toEqual({
        brokerMemberGroup: {
          cluster: 'c',
          brokerName: NAME,
          brokerAddrs: { 1: '10.0.0.1:10911', 2: '10.0.0.2:10911' },
        },
        syncStateSet: [2],
      })
      for (const id of [1, 2]) await heartbeat(cluster, id)
      await cluster.sleep(50)
      const again = await elect(cluster, 1)
      expect(again).toMatchObject({ code: ResponseCode.CONTROLLER_MASTER_STILL_EXIST, extFields: first.extFields })
      expect(JSON.parse(again.body)).toEqual({ syncStateSet: [2] })
    }))

  it('a designated replica of the set becomes the master, another does not', () =>
    run(async (cluster) => {
      await withMaster(cluster)
      expect((await elect(cluster, 3, true)).code).toBe(ResponseCode.CONTROLLER_ELECT_MASTER_FAILED)
      expect((await elect(cluster, -1, true)).code).toBe(ResponseCode.CONTROLLER_INVALID_REQUEST)
      expect((await replicaInfo(cluster)).extFields, 'the master stays').toMatchObject({ masterBrokerId: '1' })
      expect((await elect(cluster, 2, true)).extFields).toMatchObject({ masterBrokerId: '2', masterEpoch: '2' })
      expect((await replicaInfo(cluster)).body).toBe('{"syncStateSet":[2],"syncStateSetEpoch":3}')
    }))

  it('the close of the connection of the first heartbeat elects at once, and the replicas are notified', () =>
    run(async (cluster) => {
      await start(cluster)
      for (const id of [1, 2, 3]) await apply(cluster, id, `replica-${id}:10911;1`)
      for (const name of ['one', 'two'])
        await cluster.start({ name, program: 'controlled-broker', args: ['other', `controller-0:${PORT}`] })
      await cluster.sleep(8_000)
      const handed = () =>
        cluster.events.flatMap((event) => (event.kind === 'app.handed' && event.name === 'role' ? [event] : []))
      const master = cluster.events.find((event) => event.kind === 'master.elected' && event.brokerName === 'other')
      expect(master).toMatchObject({ brokerId: 1, masterEpoch: 1 })
      const killedAt = cluster.nowMs()
      await cluster.kill('one')
      await cluster.sleep(500)
      const elected = cluster.events.filter((event) => event.kind === 'master.elected').at(-1)!
      expect(elected).toMatchObject({ brokerId: 2, masterEpoch: 2 })
      expect(elected.atMs - killedAt).toBeLessThan(100)
      const heard = handed().at(-1)!
      expect(JSON.parse(heard.text)).toMatchObject({ brokerId: 2, masterBrokerId: 2, masterEpoch: 2 })
      expect(heard.atMs - elected.atMs, 'by a notice, not by asking').toBeLessThan(100)
    }))

  it('a master whose heartbeats stop is replaced after ten seconds and a scan', () =>
    run(async (cluster) => {
      await withMaster(cluster)
      const startedAt = cluster.nowMs()
      for (let i = 0; i < 16; i++) {
        await cluster.sleep(1_000)
        for (const id of [2, 3]) await heartbeat(cluster, id, { maxOffset: 200 })
      }
      const elected = cluster.events.filter((event) => event.kind === 'master.elected')
      expect(elected.map((event) => 'brokerId' in event && event.brokerId)).toEqual([1, 2])
      const afterMs = elected[1]!.atMs - startedAt
      expect(afterMs).toBeGreaterThan(9_800)
      expect(afterMs).toBeLessThan(15_200)
    }))

  it('when nobody of the set is alive there is no master, and the set stays; unclean elections choose another', () =>
    run(async (cluster) => {
      await withMaster(cluster)
      for (let i = 0; i < 16; i++) {
        await cluster.sleep(1_000)
        await heartbeat(cluster, 3)
      }
      expect(await replicaInfo(cluster)).toMatchObject({
        code: 0,
        extFields: { masterEpoch: '2' },
        body: '{"syncStateSet":[1,2],"syncStateSetEpoch":2}',
      })
      expect((await elect(cluster, 3)).code).toBe(ResponseCode.CONTROLLER_ELECT_MASTER_FAILED)
      await ask(cluster, RequestCode.UPDATE_CONTROLLER_CONFIG, {}, { body: 'enableElectUncleanMaster=true' })
      expect((await elect(cluster, 3)).extFields).toMatchObject({ masterBrokerId: '3', masterEpoch: '3' })
    }))
})

describe('in-sync sets', () => {
  it('a change is taken from the master of this epoch, for the set that it saw; otherwise it says why not', () =>
    run(async (cluster) => {
      await withMaster(cluster)
      const code = async (answer: Promise<RawAnswer>) => (await answer).code
      expect(await code(alter(cluster, [2, 1], 2))).toBe(ResponseCode.CONTROLLER_ALTER_SYNC_STATE_SET_FAILED)
      expect(await code(alter(cluster, [1], 2, 2))).toBe(ResponseCode.CONTROLLER_INVALID_MASTER)
      expect(await code(alter(cluster, [1], 2, 1, 0))).toBe(ResponseCode.CONTROLLER_FENCED_MASTER_EPOCH)
      expect(await code(alter(cluster, [1], 1))).toBe(ResponseCode.CONTROLLER_FENCED_SYNC_STATE_SET_EPOCH)
      expect(await code(alter(cluster, [1], 3))).toBe(ResponseCode.CONTROLLER_FENCED_SYNC_STATE_SET_EPOCH)
      expect(await code(alter(cluster, [1, 9], 2))).toBe(ResponseCode.CONTROLLER_INVALID_REPLICAS)
      expect(await code(alter(cluster, [2, 3], 2))).toBe(ResponseCode.CONTROLLER_ALTER_SYNC_STATE_SET_FAILED)
      const taken = await alter(cluster, [3, 1, 2, 3], 2)
      expect(taken).toMatchObject({ code: 0, extFields: { newSyncStateSetEpoch: '3' } })
      expect(taken.body).toBe('{"syncStateSet":[1,2,3],"syncStateSetEpoch":3}')
      await cluster.sleep(9_000)
      await heartbeat(cluster, 1)
      await cluster.sleep(2_000)
      expect(await code(alter(cluster, [1, 2], 3))).toBe(ResponseCode.CONTROLLER_BROKER_NOT_ALIVE)
      expect(await code(alter(cluster, [1], 3))).toBe(0)
    }))

  it('of a name that is not there, or without a body, is refused', () =>
    run(async (cluster) => {
      await start(cluster)
      expect((await alter(cluster, [1], 0)).code).toBe(ResponseCode.CONTROLLER_ALTER_SYNC_STATE_SET_FAILED)
      const fields = { brokerName: NAME, masterBrokerId: 1, masterEpoch: 1 }
      const bare = await ask(cluster, RequestCode.CONTROLLER_ALTER_SYNC_STATE_SET, fields)
      expect(bare.remark).toBe('CONTROLLER_ALTER_SYNC_STATE_SET: the body is missing')
    }))
})

describe('reading', () => {
  it('the replicas of a name, and of several', () =>
    run(async (cluster) => {
      await withMaster(cluster)
      expect(await replicaInfo(cluster)).toMatchObject({
        code: 0,
        extFields: { masterBrokerId: '1', masterAddress: '10.0.0.1:10911', masterEpoch: '1' },
        body: '{"syncStateSet":[1,2],"syncStateSetEpoch":2}',
      })
      const { body } = await ask(
        cluster,
        RequestCode.CONTROLLER_GET_SYNC_STATE_DATA,
        {},
        { body: `["${NAME}","none"]` },
      )
      const replica = (brokerId: number) => ({
        brokerName: NAME,
        brokerId,
        brokerAddress: `10.0.0.${brokerId}:10911`,
        alive: true,
      })
      expect(JSON.parse(body)).toEqual({
        replicasInfoTable: {
          [NAME]: {
            masterBrokerId: 1,
            masterAddress: '10.0.0.1:10911',
            masterEpoch: 1,
            syncStateSetEpoch: 2,
            inSyncReplicas: [replica(1), replica(2)],
            notInSyncReplicas: [replica(3)],
          },
        },
      })
      const unknown = await ask(cluster, RequestCode.CONTROLLER_GET_REPLICA_INFO, { brokerName: 'none' })
      expect(unknown.code).toBe(ResponseCode.CONTROLLER_BROKER_METADATA_NOT_EXIST)
    }))

  it('with processReadEvent, a leader that a majority does not confirm answers nothing old', () =>
    run(async (cluster) => {
      await start(cluster, 3, ['processReadEvent=true'])
      const leader = cluster.events.flatMap((event) => (event.kind === 'leader.elected' ? [event.node] : [])).at(-1)!
      await ask(
        cluster,
        RequestCode.CONTROLLER_APPLY_BROKER_ID,
        { ...WHO, appliedBrokerId: 1, registerCheckCode: 'a;1' },
        { to: leader },
      )
      const next = () => ask(cluster, RequestCode.CONTROLLER_GET_NEXT_BROKER_ID, WHO, { to: leader })
      expect((await next()).extFields['nextBrokerId']).toBe('2')
      const others = ['controller-0', 'controller-1', 'controller-2'].filter((name) => name !== leader)
      await cluster.inject({ kind: 'partition', between: [[leader], others], held: 'keep' })
      expect((await next()).remark).toMatch(/no majority has confirmed/)
      expect((await next()).code).toBe(ResponseCode.CONTROLLER_NOT_LEADER)
    }))
})

describe('cleaning', () => {
  const clean = (cluster: Cluster, ids: string, isCleanLivingBroker = false) =>
    ask(cluster, RequestCode.CLEAN_BROKER_DATA, {
      ...WHO,
      brokerControllerIdsToClean: ids,
      isCleanLivingBroker,
      invokeTime: 1,
    })

  it('removes dead replicas only, unless the living are meant', () =>
    run(async (cluster) => {
      await withMaster(cluster)
      const refused = ResponseCode.CONTROLLER_INVALID_CLEAN_BROKER_METADATA
      expect((await clean(cluster, '3')).code).toBe(refused)
      expect((await clean(cluster, '')).code).toBe(refused)
      expect((await clean(cluster, '1;x')).code).toBe(refused)
      await cluster.sleep(6_000)
      for (const id of [1, 2]) await heartbeat(cluster, id)
      await cluster.sleep(6_000)
      expect((await clean(cluster, '3')).code).toBe(0)
      const { body } = await ask(cluster, RequestCode.CONTROLLER_GET_SYNC_STATE_DATA, {}, { body: `["${NAME}"]` })
      expect(JSON.parse(body).replicasInfoTable[NAME].notInSyncReplicas).toEqual([])
      const { extFields } = await ask(cluster, RequestCode.CONTROLLER_GET_NEXT_BROKER_ID, WHO)
      expect(extFields['nextBrokerId'], 'the id is not assigned again').toBe('4')
      // the master, though it is alive: the other one stays, with its id
      expect((await clean(cluster, '1', true)).code).toBe(0)
      expect(await replicaInfo(cluster)).toMatchObject({
        extFields: { masterEpoch: '1' },
        body: expect.stringContaining('[2]'),
      })
      expect((await clean(cluster, '', true)).code).toBe(0)
      expect((await replicaInfo(cluster)).code).toBe(ResponseCode.CONTROLLER_BROKER_METADATA_NOT_EXIST)
      expect((await clean(cluster, '')).code).toBe(refused)
    }))
})

describe('a group of three', () => {
  it('each knows the leader, and only the leader decides', () =>
    run(async (cluster) => {
      await start(cluster, 3)
      const names = ['controller-0', 'controller-1', 'controller-2']
      const metadata = (to: string) => ask(cluster, RequestCode.CONTROLLER_GET_METADATA_INFO, {}, { to })
      const answers = await Promise.all(names.map(metadata))
      const leader = answers[0]!.extFields['controllerLeaderId']!
      const peers = names.map((name, i) => `n${i}:${name}:${PORT};`).join('')
      for (const [i, { extFields }] of answers.entries())
        expect(extFields).toEqual({
          group: 'group1',
          controllerLeaderId: leader,
          controllerLeaderAddress: `${names[Number(leader[1])]}:${PORT}`,
          isLeader: String(leader === `n${i}`),
          peers,
        })
      const follower = names[(Number(leader[1]) + 1) % 3]!
      for (const [code, fields] of [
        [RequestCode.CONTROLLER_GET_NEXT_BROKER_ID, WHO],
        [RequestCode.CONTROLLER_APPLY_BROKER_ID, { ...WHO, appliedBrokerId: 1, registerCheckCode: 'a;1' }],
        [RequestCode.CONTROLLER_REGISTER_BROKER, { ...WHO, brokerId: 1, brokerAddress: 'a' }],
        [RequestCode.CONTROLLER_ELECT_MASTER, { ...WHO, brokerId: 1, designateElect: false }],
        [RequestCode.CONTROLLER_GET_REPLICA_INFO, WHO],
        [RequestCode.CLEAN_BROKER_DATA, WHO],
      ] as const)
        expect(await ask(cluster, code, fields, { to: follower })).toMatchObject({
          code: ResponseCode.CONTROLLER_NOT_LEADER,
          remark: 'The controller is not in leader state',
        })
    }))

  it('goes on when any one dies, and what was decided is known', () =>
    run(async (cluster) => {
      await start(cluster, 3)
      const leaders = () => cluster.events.flatMap((event) => (event.kind === 'leader.elected' ? [event.node] : []))
      const first = leaders().at(-1)!
      const applied = await ask(
        cluster,
        RequestCode.CONTROLLER_APPLY_BROKER_ID,
        { ...WHO, appliedBrokerId: 1, registerCheckCode: 'a;1' },
        { to: first },
      )
      expect(applied.code).toBe(0)
      await cluster.kill(first)
      await cluster.waitUntil('there is another leader', () => leaders().at(-1) !== first, 5_000)
      await cluster.sleep(500)
      const next = await ask(cluster, RequestCode.CONTROLLER_GET_NEXT_BROKER_ID, WHO, { to: leaders().at(-1)! })
      expect(next.extFields['nextBrokerId']).toBe('2')
    }))

  it('a controller of another group, or one that the settings do not name, is refused', () =>
    run(async (cluster) => {
      await start(cluster, 3)
      const vote = { term: 99, candidateId: 'n1', lastLogIndex: 99, lastLogTerm: 99 }
      const refused = await ask(cluster, RequestCode.RAFT_REQUEST_VOTE, { ...vote, group: 'group2' })
      expect(refused.remark).toMatch(/controller n1 of the group group2 is not one of the group group1 of n0/)
      const stranger = await ask(cluster, RequestCode.RAFT_REQUEST_VOTE, {
        ...vote,
        group: 'group1',
        candidateId: 'n7',
      })
      expect(stranger.remark).toMatch(/compare controllerDLegerGroup and controllerDLegerPeers/)
      const endless = await ask(cluster, RequestCode.RAFT_REQUEST_VOTE, { ...vote, group: 'group1', term: 2 ** 53 - 1 })
      expect(endless.remark).toMatch(/9007199254740991 is not a term or an index/)
    }))
})

describe('settings', () => {
  it('are told, changed from a short list, and refused with a reason', () =>
    run(async (cluster) => {
      await start(cluster)
      const config = async () => (await ask(cluster, RequestCode.GET_CONTROLLER_CONFIG)).body
      expect(await config()).toMatch(/enableElectUncleanMaster=false/)
      const update = (body: string) => ask(cluster, RequestCode.UPDATE_CONTROLLER_CONFIG, {}, { body })
      expect((await update('enableElectUncleanMaster=true\nscanNotActiveBrokerInterval=1000')).code).toBe(0)
      expect(await config()).toMatch(/enableElectUncleanMaster=true/)
      expect((await update('controllerDLegerSelfId=n1')).code).toBe(ResponseCode.NO_PERMISSION)
      expect((await update('configStorePath=/etc/passwd')).code).toBe(ResponseCode.NO_PERMISSION)
      expect((await update('mappedFileSize=1024')).remark).toMatch(
        /not followed: mappedFileSize because the log is one file/,
      )
      expect((await update('enableElectUncleanMster=true')).remark).toMatch(/did you mean enableElectUncleanMaster/)
      expect((await update('processReadEvent=maybe')).remark).toMatch(/must be true or false/)
      expect((await update('')).remark).toMatch(/the body has 0 bytes/)
    }))

  it('orders of operators are refused when the controller listens beyond its machine', () =>
    run(async (cluster) => {
      await start(cluster, 1, ['bindAddress=controller-0'])
      const codes = [RequestCode.UPDATE_CONTROLLER_CONFIG, RequestCode.CLEAN_BROKER_DATA]
      for (const code of codes) expect((await ask(cluster, code, WHO)).code).toBe(ResponseCode.NO_PERMISSION)
      await apply(cluster, 1)
      expect((await elect(cluster, 1, true)).code).toBe(ResponseCode.NO_PERMISSION)
      expect((await elect(cluster, 1)).code).toBe(0)
    }))

  it.each([
    [
      'no group',
      ['controllerDLegerPeers=n0-controller-0:9878', 'controllerDLegerSelfId=n0'],
      /controllerDLegerGroup is not set/,
    ],
    ['no peers', ['controllerDLegerGroup=g', 'controllerDLegerSelfId=n0'], /controllerDLegerPeers is empty/],
    [
      'peers without a port',
      ['controllerDLegerGroup=g', 'controllerDLegerPeers=n0-a'],
      /must look like n0-127.0.0.1:9878/,
    ],
    ['an id twice', ['controllerDLegerGroup=g', 'controllerDLegerPeers=n0-a:1;n0-b:1'], /names n0 at b:1 twice/],
    [
      'another id',
      ['controllerDLegerGroup=g', 'controllerDLegerPeers=n0-a:1', 'controllerDLegerSelfId=n1'],
      /it must be one of n0/,
    ],
    ['a wrong number', ['scanNotActiveBrokerInterval=soon'], /must be a whole number from 100/],
  ])('%s: one sentence, and no start', (_what, args, sentence) =>
    run(async (cluster) => {
      await expect(cluster.start({ name: 'controller-0', program: 'controller', args })).rejects.toThrow(sentence)
    }),
  )

  it('the directory of another controller is refused with a sentence', () =>
    run(async (cluster) => {
      await start(cluster)
      await cluster.stop('controller-0')
      const args = [
        'controllerDLegerGroup=other',
        `controllerDLegerPeers=n0-controller-0:${PORT}`,
        'controllerDLegerSelfId=n0',
      ]
      const again = cluster.start({ name: 'controller-0', program: 'controller', args })
      await expect(again).rejects.toThrow(/raft.journal belongs to the controller n0 of the group group1/)
    }))
})

describe('bad input', () => {
  it('a heartbeat without an id, a missing field, a field that is not a number, a body that is not JSON', () =>
    run(async (cluster) => {
      await start(cluster)
      const beat = { ...WHO, brokerAddr: 'a' }
      expect(await ask(cluster, RequestCode.BROKER_HEARTBEAT, beat)).toMatchObject({
        code: ResponseCode.CONTROLLER_INVALID_REQUEST,
        remark: 'Heart beat with empty brokerId',
      })
      expect((await ask(cluster, RequestCode.BROKER_HEARTBEAT, { ...beat, brokerId: 1 })).remark).toBe(
        'Heart beat success',
      )
      expect((await ask(cluster, RequestCode.CONTROLLER_ELECT_MASTER, WHO)).remark).toMatch(/brokerId is missing/)
      const wrong = { ...WHO, appliedBrokerId: 'one', registerCheckCode: 'a;1' }
      expect((await ask(cluster, RequestCode.CONTROLLER_APPLY_BROKER_ID, wrong)).remark).toMatch(
        /appliedBrokerId is "one"/,
      )
      const text = { body: '["broker-a"' }
      expect((await ask(cluster, RequestCode.CONTROLLER_GET_SYNC_STATE_DATA, {}, text)).remark).toMatch(
        /cannot be read/,
      )
      expect((await ask(cluster, 4_711)).code).toBe(ResponseCode.REQUEST_CODE_NOT_SUPPORTED)
      for (const code of [
        RequestCode.RAFT_REQUEST_VOTE,
        RequestCode.RAFT_APPEND_ENTRIES,
        RequestCode.RAFT_INSTALL_SNAPSHOT,
      ])
        expect((await ask(cluster, code)).remark).toMatch(/group is missing/)
    }))

  it('heartbeats of replicas without an id are not counted', () =>
    run(async (cluster) => {
      await start(cluster)
      await apply(cluster, 1)
      await heartbeat(cluster, 1, { clusterName: 'other' })
      await heartbeat(cluster, 2)
      await cluster.sleep(50)
      const { body } = await ask(cluster, RequestCode.CONTROLLER_GET_SYNC_STATE_DATA, {}, { body: `["${NAME}"]` })
      expect(JSON.parse(body).replicasInfoTable[NAME].notInSyncReplicas).toMatchObject([{ brokerId: 1, alive: false }])
    }))

  it('3,000 almost-right requests: none ends a controller, and all else goes on', () =>
    run(async (cluster) => {
      await start(cluster, 1, ['adminWriteEnable=true'])
      await apply(cluster, 1)
      const chance = new RandomStream(1, 'almost right')
      const codes = [
        ...Object.values(RequestCode).filter((code) => code > 1_000 && code < 2_000),
        904,
        390_001,
        390_002,
        390_003,
      ]
      const names = [
        'brokerName',
        'clusterName',
        'brokerId',
        'masterBrokerId',
        'masterEpoch',
        'appliedBrokerId',
        'designateElect',
      ]
      const more = [
        'registerCheckCode',
        'brokerAddress',
        'brokerControllerIdsToClean',
        'isCleanLivingBroker',
        'brokerAddr',
      ]
      const raft = [
        'term',
        'candidateId',
        'leaderId',
        'group',
        'lastLogIndex',
        'lastLogTerm',
        'prevLogIndex',
        'prevLogTerm',
      ]
      const last = [
        'leaderCommit',
        'lastIncludedIndex',
        'lastIncludedTerm',
        'maxOffset',
        'epoch',
        'heartbeatTimeoutMills',
      ]
      const values = [
        '',
        '0',
        '1',
        '-1',
        '2',
        '9007199254740991',
        '99999999999999999999',
        'true',
        NAME,
        'c',
        'group1',
        'n0',
        'n1',
        ';',
        'é\u0000',
      ]
      const bodies = [
        '',
        '[]',
        '{}',
        '["broker-a"]',
        '{"syncStateSet":[1],"syncStateSetEpoch":0}',
        '{"syncStateSet":"x"}',
        '[[[[',
        'a=b',
      ]
      const pick = <T>(list: readonly T[]): T => list[chance.int(list.length)]!
      for (let i = 0; i < 3_000; i++) {
        const fields = Object.fromEntries(
          [...names, ...more, ...raft, ...last].filter(() => chance.int(3) > 0).map((name) => [name, pick(values)]),
        )
        const answer = await ask(cluster, pick(codes), fields, chance.int(2) === 0 ? {} : { body: pick(bodies) })
        expect(answer.remark, JSON.stringify(answer)).not.toMatch(/the handler failed|no answer within/)
      }
      expect(cluster.isRunning('controller-0')).toBe(true)
      expect(
        (await ask(cluster, RequestCode.CONTROLLER_GET_NEXT_BROKER_ID, { ...WHO, brokerName: 'other' })).code,
      ).toBe(0)
    }))
})
