/** The parts of a controller alone: who is alive, whose turn it is, and the state that all controllers share. */
import { describe, expect, it } from 'vitest'
import { type ControllerEvent, eventText, parseEvent } from '../../../reference/controller/controller-event.ts'
import { EventScheduler } from '../../../reference/controller/event-scheduler.ts'
import { HeartbeatManager } from '../../../reference/controller/heartbeat-manager.ts'
import { parsePeers, peersText } from '../../../reference/controller/raft/peers.ts'
import type { Proposed } from '../../../reference/controller/raft/raft.ts'
import { ReplicasState } from '../../../reference/controller/replicas-state.ts'
import { RandomStream } from '../../../reference/host/sim/random.ts'
import type { Channel } from '../../../reference/remoting/channel.ts'
import { Refusal } from '../../../reference/remoting/refusal.ts'
import { type Answer, SUCCESS } from '../../../reference/remoting/remoting-command.ts'
import { ResponseCode } from '../../../reference/remoting/response-code.ts'
import { OneNode } from './one-node.ts'

describe('heartbeats', () => {
  function world() {
    const machine = new OneNode()
    const gone: string[] = []
    const closed: string[] = []
    const channel = (name: string) => ({ close: () => void closed.push(name) }) as unknown as Channel
    const manager = machine.start(
      (host) => new HeartbeatManager(host, (brokerName, brokerId) => void gone.push(`${brokerName} ${brokerId}`)),
    )
    return { machine, manager, gone, closed, first: channel('first'), second: channel('second') }
  }
  const BEAT = { brokerName: 'b', brokerId: 1, epoch: 2, maxOffset: 100, electionPriority: 7 }

  it('a replica is alive for ten seconds, or as long as it says; the scan reports it and closes its connection', () => {
    const { machine, manager, gone, closed, first, second } = world()
    manager.onHeartbeat(BEAT, first)
    manager.onHeartbeat({ ...BEAT, brokerId: 2, heartbeatTimeoutMills: 30_000 }, second)
    machine.pass(10_000)
    expect(manager.alive('b', 1)).toMatchObject({ brokerId: 1, epoch: 2, maxOffset: 100, electionPriority: 7 })
    machine.pass(1)
    expect([manager.alive('b', 1), manager.alive('b', 2)?.brokerId]).toEqual([undefined, 2])
    expect(gone).toEqual([])
    manager.scan()
    expect([gone, closed]).toEqual([['b 1'], ['first']])
  })

  it('a clock that jumps ends no replica, and keeps none', () => {
    const { machine, manager, first } = world()
    manager.onHeartbeat(BEAT, first)
    machine.node.skewMs += 3_600_000
    expect(manager.alive('b', 1)).toBeDefined()
    machine.node.skewMs -= 7_200_000
    machine.pass(10_001)
    expect(manager.alive('b', 1)).toBeUndefined()
  })

  it('only the connection of the first heartbeat is watched', () => {
    const { manager, gone, first, second } = world()
    manager.onHeartbeat(BEAT, first)
    manager.onHeartbeat(BEAT, second)
    manager.channelClosed(second)
    expect(gone).toEqual([])
    manager.channelClosed(first)
    expect([gone, manager.alive('b', 1)]).toEqual([['b 1'], undefined])
    manager.onHeartbeat(BEAT, second)
    manager.channelClosed(second)
    expect(gone).toEqual(['b 1', 'b 1'])
  })

  it('epoch and offset only go forward, the rest is as it was said last', () => {
    const { manager, first } = world()
    manager.onHeartbeat(BEAT, first)
    manager.onHeartbeat({ ...BEAT, epoch: 1, maxOffset: 900, electionPriority: 3 }, first)
    expect(manager.alive('b', 1)).toMatchObject({ epoch: 2, maxOffset: 100, electionPriority: 3 })
    manager.onHeartbeat({ ...BEAT, maxOffset: 50 }, first)
    expect(manager.alive('b', 1)).toMatchObject({ epoch: 2, maxOffset: 100 })
    manager.onHeartbeat({ ...BEAT, epoch: 3, maxOffset: 10 }, first)
    expect(manager.alive('b', 1)).toMatchObject({ epoch: 3, maxOffset: 10 })
    manager.onHeartbeat({ brokerName: 'b', brokerId: 2 }, first)
    expect(manager.alive('b', 2)).toMatchObject({ epoch: -1, maxOffset: -1, electionPriority: 2_147_483_647 })
  })
})

describe('turns', () => {
  function world(waitsForReads = false) {
    const machine = new OneNode()
    const proposed: { readonly command: string; readonly end: Proposed }[] = []
    const raft = { isReady: true, propose: (command: string, end: Proposed) => void proposed.push({ command, end }) }
    const scheduler = machine.start((host) => new EventScheduler(host.clock, raft, () => waitsForReads))
    const answers: number[] = []
    const decided: string[] = []
    const event: ControllerEvent = { kind: 'electMaster', brokerName: 'b', masterBrokerId: 1 }
    const submit = (name: string, changes = true) =>
      scheduler.submit(
        () => {
          decided.push(name)
          return { answer: SUCCESS, ...(changes ? { event } : {}) }
        },
        ({ code }: Answer) => void answers.push(code),
      )
    return { machine, raft, scheduler, proposed, answers, decided, submit, event }
  }

  it('a request is decided when the one before is applied', () => {
    const { submit, decided, proposed, answers, event } = world()
    submit('one')
    submit('two')
    submit('read', false)
    expect([decided, answers]).toEqual([['one'], []])
    proposed[0]!.end('applied')
    expect([decided, answers]).toEqual([['one', 'two'], [0]])
    proposed[1]!.end('applied')
    expect([decided, answers]).toEqual([
      ['one', 'two', 'read'],
      [0, 0, 0],
    ])
    expect(parseEvent(proposed[0]!.command)).toMatchObject(event)
  })

  it('a request that no majority confirms in time is answered once, and still blocks what changes', () => {
    const { machine, submit, decided, proposed, answers } = world()
    submit('one')
    submit('two')
    machine.pass(5_000)
    expect([decided, answers]).toEqual([['one'], [ResponseCode.SYSTEM_ERROR]])
    proposed[0]!.end('applied')
    expect([decided, answers]).toEqual([['one', 'two'], [ResponseCode.SYSTEM_ERROR]])
  })

  it('a request that could not be proposed is answered once, with the refusal, and the next has its turn', () => {
    const { machine, raft, submit, proposed, answers } = world()
    const { propose } = raft
    raft.propose = () => {
      throw new Refusal(ResponseCode.SYSTEM_BUSY, 'the log is full')
    }
    submit('refused')
    raft.propose = propose
    submit('next')
    proposed[0]!.end('applied')
    expect(machine.simulation.scheduler.size, 'no timer is left of either').toBe(0)
    expect(answers).toEqual([ResponseCode.SYSTEM_BUSY, 0])
  })

  it('when the leader resigns, what is decided has an unknown outcome, and what is not decided did not happen', () => {
    const { raft, scheduler, submit, decided, proposed, answers } = world()
    submit('one')
    submit('two')
    raft.isReady = false
    scheduler.refuseAll()
    proposed[0]!.end('unknown')
    submit('three')
    expect(decided).toEqual(['one'])
    const { CONTROLLER_NOT_LEADER: no, SYSTEM_ERROR: unknown } = ResponseCode
    expect(answers).toEqual([no, unknown, no])
  })

  it('reads wait for an empty entry when they shall', () => {
    const { submit, proposed, answers } = world(true)
    submit('read', false)
    expect([proposed.map(({ command }) => command), answers]).toEqual([[''], []])
    proposed[0]!.end('applied')
    expect(answers).toEqual([0])
  })

  it('at most 1,024 wait', () => {
    const { submit, answers } = world()
    for (let i = 0; i < 1_025; i++) submit(`${i}`)
    expect(answers).toEqual([])
    submit('one too many')
    expect(answers).toEqual([ResponseCode.SYSTEM_BUSY])
  })
})

describe('the shared state', () => {
  const trace = { emit: undefined, log() {} }

  function randomEvent(chance: RandomStream): ControllerEvent {
    const brokerName = `b${chance.int(3)}`
    const brokerId = 1 + chance.int(5)
    const kind = chance.int(6)
    if (kind < 2)
      return {
        kind: 'applyBrokerId',
        clusterName: 'c',
        brokerName,
        brokerId,
        brokerAddress: `a${kind}`,
        registerCheckCode: 'é;1',
      }
    if (kind === 2) return { kind: 'updateBrokerAddress', brokerName, brokerId, brokerAddress: 'new "address"' }
    if (kind === 3)
      return { kind: 'electMaster', brokerName, masterBrokerId: chance.int(3) === 0 ? undefined : brokerId }
    if (kind === 4) return { kind: 'alterSyncStateSet', brokerName, syncStateSet: [brokerId, brokerId + 1] }
    return { kind: 'cleanBrokerData', brokerName, brokerIds: chance.int(4) === 0 ? [] : [brokerId] }
  }

  it('is the same for the same events, whether a snapshot lies in between or not', () => {
    for (let seed = 1; seed <= 100; seed++) {
      const chance = new RandomStream(seed, 'state')
      const whole = new ReplicasState(trace)
      let inParts = new ReplicasState(trace)
      for (let i = 0; i < 60; i++) {
        const event = eventText(randomEvent(chance))
        whole.apply(event)
        inParts.apply(event)
        if (chance.int(8) > 0) continue
        const restored = new ReplicasState(trace)
        restored.restore(inParts.snapshot())
        inParts = restored
      }
      expect(inParts.snapshot(), `seed ${seed}`).toBe(whole.snapshot())
    }
  })

  it('an event of an unknown kind ends the controller: it is not passed over', () => {
    expect(() => parseEvent('{"kind":"flyAway","brokerName":"b"}')).toThrow(/unknown kind flyAway/)
  })
})

it('peers are read as DLedger reads them, and told as RocketMQ tells them', () => {
  const peers = parsePeers('n0-127.0.0.1:9878; n1-host-with-dash.example:9879 ;')
  expect(peers).toEqual([
    { id: 'n0', address: '127.0.0.1:9878' },
    { id: 'n1', address: 'host-with-dash.example:9879' },
  ])
  expect(peersText(peers)).toBe('n0:127.0.0.1:9878;n1:host-with-dash.example:9879;')
  const many = Array.from({ length: 10 }, (_, i) => `n${i}-h:${i + 1}`).join(';')
  expect(() => parsePeers(many)).toThrow(/names 10 controllers; at most 9/)
})
