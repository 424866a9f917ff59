/**
 * The error for a frame that cannot be read, or that is too long to be sent. The message is one sentence. A frame that
 * cannot be read closes only its connection.
 */
export class FrameError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'FrameError'
  }
}
