/** What a peer gets for each way in which a processor may end, and what a request that is answered later keeps. */
import { describe, expect, it } from 'vitest'
import { AssertionError } from '../../../reference/common/assert.ts'
import type { Host } from '../../../reference/host/host.ts'
import type { Channel } from '../../../reference/remoting/channel.ts'
import { dispatch, NO_ANSWER, type RequestHandler } from '../../../reference/remoting/dispatch.ts'
import { LaterAnswer } from '../../../reference/remoting/later-answer.ts'
import { Refusal } from '../../../reference/remoting/refusal.ts'
import {
  type Answer,
  makeRequest,
  type RemotingCommand,
  SUCCESS,
} from '../../../reference/remoting/remoting-command.ts'
import { ResponseCode } from '../../../reference/remoting/response-code.ts'

const CODE = 10
const request = makeRequest({ code: CODE, extFields: { a: '1' }, body: new Uint8Array(9) }, 7, false)

/** A channel that notes the answers, and a host that notes the log. */
function world() {
  const answers: Answer[] = []
  const requests: RemotingCommand[] = []
  const logged: string[] = []
  const channel = {
    remoteAddress: 'peer:1',
    answer(to: RemotingCommand, answer: Answer) {
      requests.push(to)
      answers.push(answer)
    },
  } as unknown as Channel
  const host = { trace: { log: (_: string, text: string) => logged.push(text) } } as unknown as Host
  const ask = (handler: RequestHandler, guard?: () => void) =>
    dispatch(host, new Map([[CODE, handler]]), request, channel, guard)
  return { host, channel, ask, answers, requests, logged }
}

describe('dispatch', () => {
  it('an answer is sent, a notice is not answered', () => {
    const { ask, answers } = world()
    ask(() => ({ ...SUCCESS, remark: 'found' }))
    ask(() => NO_ANSWER)
    expect(answers).toEqual([{ code: 0, remark: 'found' }])
  })

  it('a refusal is its code, its sentence and its fields, and nothing in the log', () => {
    const { ask, answers, logged } = world()
    ask(() => {
      throw new Refusal(ResponseCode.NO_PERMISSION, 'not for you', { why: '1' })
    })
    expect(answers).toEqual([{ code: ResponseCode.NO_PERMISSION, remark: 'not for you', extFields: { why: '1' } }])
    expect(logged).toEqual([])
  })

  it('any other throw is SYSTEM_ERROR, with a line in the log; a broken invariant ends the node', () => {
    const { ask, answers, logged } = world()
    ask(() => {
      throw new Error('the header lacks a field')
    })
    expect(answers).toEqual([{ code: ResponseCode.SYSTEM_ERROR, remark: 'the header lacks a field' }])
    expect(logged).toEqual([expect.stringContaining('peer:1: the header lacks a field')])
    const broken = () => {
      throw new AssertionError('never')
    }
    expect(() => ask(broken)).toThrow('never')
  })

  it('an error of the engine is named and not quoted: every engine answers the same', () => {
    const { ask, answers, logged } = world()
    ask(() => (undefined as unknown as { call(): never }).call())
    const remark = 'the handler failed with a TypeError'
    expect(answers).toEqual([{ code: ResponseCode.SYSTEM_ERROR, remark }])
    expect(logged).toEqual([expect.stringContaining(`peer:1: ${remark}`)])
  })

  it('a stranger learns from the guard alone: not even which requests there are', () => {
    const { host, channel, answers } = world()
    const guard = () => {
      throw new Refusal(ResponseCode.NO_PERMISSION, 'sign')
    }
    dispatch(host, new Map(), request, channel, guard)
    dispatch(host, new Map(), request, channel)
    expect(answers.map(({ code }) => code)).toEqual([
      ResponseCode.NO_PERMISSION,
      ResponseCode.REQUEST_CODE_NOT_SUPPORTED,
    ])
  })
})

describe('an answer that comes later', () => {
  it('is sent once, for the request as it came, whose fields and body are not kept', () => {
    const { ask, channel, answers, requests } = world()
    let later: LaterAnswer | undefined
    ask((asked) => (later = new LaterAnswer(asked, channel)))
    expect(answers).toEqual([])
    later!.end(undefined)
    expect(answers).toEqual([SUCCESS])
    expect(requests[0]).toMatchObject({ code: CODE, opaque: 7, extFields: undefined, body: undefined })
  })

  it('waits for all parts of the work, and reports the first refusal', () => {
    const { channel, answers } = world()
    const done = new LaterAnswer(request, channel).afterAll(3)
    done()
    done(new Refusal(1, 'first'))
    expect(answers).toEqual([])
    done(new Refusal(2, 'second'))
    expect(answers).toMatchObject([{ code: 1, remark: 'first' }])
  })
})
