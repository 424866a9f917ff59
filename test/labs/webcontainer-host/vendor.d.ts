/** The Comlink that the client itself carries (4.3.0, numeric message types); bundled by its file path. */
declare module 'webcontainer-client-comlink' {
  export const Comlink: typeof import('comlink')
}
