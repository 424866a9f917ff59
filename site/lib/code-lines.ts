/**
 * Line numbers for code blocks: an Expressive Code plugin.
 *
 * `lines="12-30,32-40"` in a block's meta gives each shown line its number in the file; `anchors` also makes each line a
 * target (`#L12`), on the pages that show a whole file. Numbers are hidden from screen readers and from copying.
 */
import type { ExpressiveCodePlugin } from '@astrojs/starlight/expressive-code'

/** The plugin; listed in `ec.config.mjs`. */
export function codeLines(): ExpressiveCodePlugin {
  return {
    name: 'line-numbers',
    baseStyles: `
      .gutter .ln {
        display: inline-flex;
        justify-content: flex-end;
        box-sizing: content-box;
        min-width: var(--lnWidth, 3ch);
        padding-inline: 1.25ch 1.5ch;
        color: var(--gmq-ink-3);
        user-select: none;
      }
      .ec-line.mark .gutter .ln { color: var(--gmq-ink); }
      .ec-line:target { background: var(--gmq-mark); }
    `,
    hooks: {
      preprocessCode: ({ codeBlock, addGutterElement }) => {
        const numbers = numbersOf(codeBlock.metaOptions.getString('lines'))
        if (numbers.length === 0) return
        addGutterElement({
          renderPhase: 'earlier',
          renderLine: ({ lineIndex }) => numberCell(String(numbers[lineIndex] ?? '')),
          renderPlaceholder: () => numberCell(''),
        })
      },
      postprocessRenderedLine: ({ codeBlock, lineIndex, renderData }) => {
        if (!codeBlock.metaOptions.getBoolean('anchors')) return
        const number = numbersOf(codeBlock.metaOptions.getString('lines'))[lineIndex]
        if (number !== undefined) renderData.lineAst.properties['id'] = `L${number}`
      },
    },
  }
}

function numberCell(text: string) {
  return {
    type: 'element' as const,
    tagName: 'div',
    properties: { className: ['ln'], ariaHidden: 'true', dataPagefindIgnore: '' },
    children: [{ type: 'text' as const, value: text }],
  }
}

/** "3-5,7-7" as 3, 4, 5, 7. */
function numbersOf(ranges: string | undefined): number[] {
  const numbers: number[] = []
  for (const range of ranges?.split(',') ?? []) {
    const [from = 0, to = from] = range.split('-').map(Number)
    for (let number = from; number <= to; number++) numbers.push(number)
  }
  return numbers
}
