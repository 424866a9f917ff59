/**
 * The truth gate: sentences that promise an order or say how often are shown by a run or carry their source.
 *
 * A sentence with one of the words below passes when it holds a `<Claim>`, a `<Value>` or a door (`<At>`), names a class or a
 * setting of RocketMQ in backticks, or is followed by a comment `{/* source: … *\/}`, which readers of the page do not see. Pure:
 * a page's text in, sentences out.
 */

/** Words of order and of frequency. */
const PROMISES =
  /\b(always|never|before|after|at once|only|first|every (?:\d[\d,]*|two|three|five|ten|fifteen|thirty))\b/i

/** What carries a sentence: a claim, a number or a moment of a run; a class, method or setting of RocketMQ; a source. */
const CARRIED = /<Claim\b|<Value\b|<At\b|`[A-Z][A-Za-z]+(?:\.[a-zA-Z]+)?`|`[a-z]+[A-Z]\w*`|\{\/\* source: [^*]+\*\/\}/

/** Every sentence of a page that promises something and is carried by nothing. */
export function uncarried(page: string): readonly string[] {
  return paragraphs(page).flatMap((paragraph) =>
    sentences(paragraph).filter((one) => PROMISES.test(words(one)) && !CARRIED.test(one)),
  )
}

/** The prose of a page: no head, no imports, no code, no headings, no tables, no tags that stand alone. */
function paragraphs(page: string): readonly string[] {
  return page
    .replace(/^---[\s\S]*?\n---/, '')
    .replace(/```[\s\S]*?```/g, '')
    .split(/\n\s*\n/)
    .map((block) => block.trim())
    .filter(
      (block) =>
        block !== '' && !/^(import |#|\||<\/?(Section|Code|Ask|Bet|Settled|BreakIt|InProduction)\b)/.test(block),
    )
}

/** A paragraph cut after each full stop, question mark or exclamation mark; a comment belongs to the sentence before it. */
function sentences(paragraph: string): readonly string[] {
  const found: string[] = []
  let rest = paragraph.replace(/\s+/g, ' ')
  for (let cut = END.exec(rest); cut !== null; cut = END.exec(rest)) {
    const at = cut.index + cut[0].length
    found.push(rest.slice(0, at))
    rest = rest.slice(at)
  }
  if (rest.trim() !== '') found.push(rest)
  return found
}

/** The end of a sentence, with closing tags and a comment behind it. */
const END =
  /[.?!](?:<\/(?:Claim|At|Margin|em|strong)>|\*\*|\*|”|\))*(?:\s*\{\/\*[\s\S]*?\*\/\})?(?=\s+[A-Z`<*“(]|\s*$)\s*/

/** A sentence as it is read: without tags, code and comments. */
function words(sentence: string): string {
  return sentence
    .replace(/\{\/\*[\s\S]*?\*\/\}/g, '')
    .replace(/<[^>]+>/g, '')
    .replace(/`[^`]*`/g, '')
}
