/**
 * Returns rows as text in columns, in the form of mqadmin. The head begins with `#`. A column is as wide as its widest
 * cell. A column with only numbers is aligned to the right.
 */
export function textTable(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = [head.map((name, i) => (i === 0 ? `#${name}` : name)), ...rows.map((row) => row.map(String))]
  const widths = head.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? '').length)))
  const isNumber = head.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'))
  const lines = cells.map((row) =>
    row
      .map((cell, column) => (isNumber[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
      .join('  '),
  )
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`
}
