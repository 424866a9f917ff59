/**
 * Script as a `data:` URL, the one address that the sandbox allows. Only what a URL cannot hold as it is gets escaped: a megabyte of
 * code is encoded and decoded in half the time, and is a third shorter.
 */
export function scriptUrl(script: string): string {
  return `data:text/javascript;charset=utf-8,${script.replace(/[^ !"$&-~]+/g, encodeURIComponent)}`
}
