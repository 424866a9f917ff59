/** A frame that cannot be read. The message is one sentence; the connection it came on is closed, and no other. */
export class FrameError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'FrameError'
  }
}
