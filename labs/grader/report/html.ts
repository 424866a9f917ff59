/** HTML as text, every value escaped, and the frame that report and feedback share: no script, its own small style. */

/** Marked-up text; everything else is escaped when it is put into one. */
export interface Html {
  readonly html: string
}

/** `html\`<p>${text}</p>\``: texts and numbers are escaped, `Html` and lists of it are not. */
export function html(
  parts: TemplateStringsArray,
  ...values: readonly (string | number | Html | readonly Html[])[]
): Html {
  let out = parts[0]!
  for (const [i, value] of values.entries()) out += escaped(value) + parts[i + 1]!
  return { html: out }
}

function escaped(value: string | number | Html | readonly Html[]): string {
  if (typeof value === 'string') return escapeText(value)
  if (typeof value === 'number') return String(value)
  return 'html' in value ? value.html : value.map((one) => one.html).join('')
}

function escapeText(text: string): string {
  return text
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}

const STYLE = `
:root { color-scheme: light dark; --paper: #fbfaf7; --ink: #1d2126; --soft: #565d66; --line: #d9d6cd; --pane: #ffffff;
  --good: #00684a; --bad: #a33a00; --odd: #5d3c9a }
@media (prefers-color-scheme: dark) { :root { --paper: #14171b; --ink: #e9e6df; --soft: #aab0b8; --line: #343a42; --pane: #1b1f25;
  --good: #56c7a0; --bad: #ff9e64; --odd: #c0a5f5 } }
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif }
main { max-width: 64rem; margin: 0 auto; padding: 2rem 1.25rem 4rem }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .5rem } h2 { font-size: 1.2rem; margin: 2.25rem 0 .5rem } h3 { font-size: 1rem; margin: 1.5rem 0 .25rem }
p { max-width: 44rem } .soft { color: var(--soft) }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 8px; background: var(--pane) }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums } caption { text-align: left; padding: .6rem .75rem; color: var(--soft) }
th, td { text-align: left; vertical-align: top; padding: .45rem .75rem; border-top: 1px solid var(--line) } th { font-weight: 600 } thead th code { overflow-wrap: normal } .n { text-align: right; white-space: nowrap }
.passed { color: var(--good) } .failed { color: var(--bad) } .could-not-judge { color: var(--odd) } .verdict { white-space: nowrap; font-weight: 600 }
svg { display: block; max-width: 100%; height: auto } svg text { fill: var(--ink); font: 13px system-ui, sans-serif } .bar { fill: none; stroke: var(--ink); stroke-width: 1.5 } .part { fill: var(--good) }
code { font: .92em ui-monospace, monospace; overflow-wrap: anywhere } pre { margin: .25rem 0 0; white-space: pre-wrap; min-width: 18rem; font-size: .8rem; line-height: 1.4 } a { color: inherit }
.skip { position: absolute; left: -100rem } .skip:focus { left: 1rem; top: 1rem; background: var(--pane); padding: .5rem }
details ol { padding-left: 1.4rem; margin: .25rem 0 } :target { outline: 2px solid var(--ink); outline-offset: -2px }
@page { margin: 15mm 12mm }
@media print { :root { color-scheme: light; --paper: #fff; --pane: #fff; --ink: #000; --soft: #444; --line: #999; --good: #00684a; --bad: #a33a00; --odd: #5d3c9a }
  main { max-width: none; padding: 0 } .skip { display: none } .scroll { border: 0; overflow: visible } pre { min-width: 0 } tr { break-inside: avoid } h2, h3, caption, thead { break-after: avoid } .long tr { break-inside: auto } .screen { display: none }
  body { font-size: 10pt } th, td { padding: .3rem .4rem } .alike thead { display: none } .alike :is(tr, th, td) { display: block; text-align: left }
  details::details-content { content-visibility: visible; display: block; block-size: auto } summary { list-style: none } }
`

/** A whole page. Its policy lets nothing in from anywhere. */
export function page(title: string, body: Html): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeText(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<a class="skip" href="#main">To the content</a>
<main id="main">${body.html}</main>
</body>
</html>
`
}

/** A verdict as word and shape; colour comes third. */
export function verdictMark(verdict: 'passed' | 'failed' | 'could-not-judge'): Html {
  const [shape, word] = { passed: ['✓', 'passed'], failed: ['✗', 'failed'], 'could-not-judge': ['?', 'not judged'] }[
    verdict
  ] as [string, string]
  return html`<span class="verdict ${verdict}">${shape} ${word}</span>`
}
