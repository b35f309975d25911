import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { format, resolveConfig } from 'prettier'

/** What came of each cell, by the name of its row and of its column. */
export type Cells = Map<string, Map<string, string>>

const path = 'docs/matrix.md'

const columns = ['2, up', '2, late', '2, down', '5, up', '5, late', '5, down']

const git = (...words: string[]) => execFileSync('git', words, { encoding: 'utf8' }).trim()

/** The commit that is played; with a `+` where the sources differ from it. */
export const commit =
  git('rev-parse', '--short', 'HEAD') +
  (git('status', '--porcelain', 'src', 'test', 'prisma') === '' ? '' : '+')

/** What the page says by now. */
export function readCells(): Cells {
  const cells: Cells = new Map()
  if (!existsSync(path)) return cells
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const [, name = '', ...said] = line.split('|').map((each) => each.trim())
    if (
      said.length !== columns.length + 1 ||
      ['', 'engine', '---'].includes(name.slice(0, 6).replace(/-+/, '---'))
    )
      continue
    const row = columns.flatMap((column, at) => (said[at] ? [[column, said[at]] as const] : []))
    cells.set(name, new Map(row))
  }
  return cells
}

/** Writes the page anew, from these cells and the ways in which sessions have ended in them. */
export async function writePage(cells: Cells, ends: readonly string[]): Promise<void> {
  const rows = [...cells].sort(([a], [b]) => a.localeCompare(b))
  const text = [
    '# Between processes',
    '',
    `What came of \`npm run matrix\` ([how](../CONTRIBUTING.md#play-the-matrix)), last played on ${new Date().toISOString().slice(0, 10)}. It plays what must hold between two and five processes that share an engine: no update is lost, a process reads what another has answered, a login loses nothing that the others acknowledged, what one process changes reaches the streams of all, and what has ended is over on every process at its next request and comes back by no write under way. _Up_, _late_ and _down_ say how news between the processes do: they come at once, half a second late, or never. Each cell says how many tests held, at which commit; a + behind it stands for changes that were not committed.`,
    '',
    'In each cell a session ends in each of these ways, while every process writes to it and has a stream of it, which must say why it ended:',
    '',
    ...ends.map((end) => `- by ${end}`),
    '',
    'Two things are admitted. With signed cookies the newest cookie counts: updates are not shared, and an older cookie outlives a shorter time that a newer one has. A stream whose user is deleted may break off where it looks when no row is left that says why. Limits of time count on every machine: beside a measurement that took both processors for seconds, one cell (SQLite, 5 processes, late) failed at first, because a request was not read within HTTP_HEADERS_TIMEOUT, and held when it was played again.',
    '',
    `| engine | ${columns.map((column) => column.replace(',', ' processes,')).join(' | ')} |`,
    `| --- | ${columns.map(() => '---').join(' | ')} |`,
    ...rows.map(
      ([name, row]) =>
        `| ${name} | ${columns.map((column) => row.get(column) ?? '').join(' | ')} |`,
    ),
    '',
    'Where no database is named, it is SQLite. News come over a connection to PostgreSQL or Redis, which a proxy holds up or cuts, by the SQLite file, and from workers by their parent. What a process reads of the file, and what a parent passes on, is held up inside of the process, by a module that it loads first (test/chaos/held-news.mjs). An empty cell has not been played.',
    '',
    'This page is written by `npm run matrix`. A run of a part, by `-t`, writes the cells of that part.',
    '',
  ].join('\n')
  const options = await resolveConfig(path)
  writeFileSync(path, await format(text, { ...options, parser: 'markdown' }))
}
