/**
 * Loaded before the program of every Node child of the stand-in: tells which ports it opens and closes, and ends the child
 * when the stand-in is gone.
 */
'use strict'
const { Server } = require('node:net')

if (process.channel) {
  const tell = (message) => {
    if (process.connected) process.send(message, () => {})
  }
  const listen = Server.prototype.listen
  Server.prototype.listen = function (...args) {
    let port = 0
    this.once('listening', () => {
      const address = this.address()
      if (address === null || typeof address !== 'object') return
      port = address.port
      tell({ port, type: 'open' })
    })
    this.once('close', () => {
      if (port !== 0) tell({ port, type: 'close' })
    })
    return listen.apply(this, args)
  }
  process.on('disconnect', () => process.exit(1))
  process.channel.unref()
}
