/** Frames of answers, for tests that play the server. */
import { encodeFrame } from '../../reference/remoting/frame-codec.ts'
import {
  makeRequest,
  type RemotingCommand,
  makeResponse as response,
} from '../../reference/remoting/remoting-command.ts'

export { encodeFrame }

/** The answer with this code to the request with this number. */
export const makeResponse = (code: number, opaque: number): RemotingCommand =>
  response({ code }, makeRequest({ code: 0 }, opaque, false))
