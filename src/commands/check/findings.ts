import type { Finding, Level } from '../../config/judging/rule.ts'
import { counted } from '../../numbers.ts'
import { printSentence } from '../terminal/table.ts'
import { columnsOf, print, styled } from '../terminal/terminal.ts'
import type { Style } from '../terminal/terminal.ts'
import { padded, visible, wrapped } from '../terminal/text.ts'

const styles: Readonly<Record<Level, Style>> = { ERROR: 'red', WARNING: 'yellow', INFO: 'dim' }

/** The column where the text of a finding begins. */
const indent = 9

/** Prints each finding: how grave it is and what about, what is at stake, and what to do. Then how many there are. */
export function printFindings(
  findings: readonly Finding[],
  { judged, isComplete }: { judged: number; isComplete: boolean },
): void {
  const width = Math.max(30, Math.min(columnsOf(), 100) - indent)
  for (const { level, about, says, cure } of findings) {
    print(`${styled(styles[level], padded(level, indent))}${styled('bold', visible(about))}`)
    for (const text of [says, `→ ${cure}`])
      for (const line of text.split('\n').flatMap((part) => wrapped(visible(part), width)))
        print(`${' '.repeat(indent)}${line}`)
    print('')
  }
  const count = (level: Level, word: string) => {
    const many = findings.filter((finding) => finding.level === level).length
    return counted(many, word)
  }
  const counts = `${count('ERROR', 'error')}, ${count('WARNING', 'warning')}, ${count('INFO', 'remark')}.`
  if (findings.length === 0) printSentence('Nothing is wrong.', 'green')
  else printSentence(counts)
  if (!isComplete) printSentence('Nothing else was looked at: put the errors right first.')
  else if (judged === 0) printSentence('Not judged as for production: --deploy does that.')
  else
    printSentence(
      `${counted(judged, 'setting')} were judged, and the files, the database, the store and the backends.`,
    )
}
