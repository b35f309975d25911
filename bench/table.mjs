/** Prints figures: a line each, or a table where a figure is a list of rows. */
export function printFigures(figures) {
  for (const [what, figure] of Object.entries(figures)) {
    if (Array.isArray(figure)) printTable(what, figure)
    else console.log(`  ${what.padEnd(60)} ${figure}`)
  }
}

/** The first column says what a row is; numbers stand on the right. A row without a value leaves its place empty. */
function printTable(title, rows) {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const textOf = (row, column) => String(row[column] ?? '')
  const widths = columns.map((column) =>
    Math.max(column.length, ...rows.map((row) => textOf(row, column).length)),
  )
  const isText = columns.map((column) => rows.some((row) => typeof row[column] === 'string'))
  const line = (texts) =>
    texts
      .map((text, at) => (isText[at] ? text.padEnd(widths[at]) : text.padStart(widths[at])))
      .join('  ')
  console.log(`\n  ${title}`)
  console.log(`  ${line(columns)}`)
  for (const row of rows) console.log(`  ${line(columns.map((column) => textOf(row, column)))}`)
}
