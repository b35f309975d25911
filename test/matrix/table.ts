import type { Reporter, TestModule, TestState } from 'vitest/node'
import type { BusState } from '../chaos/bus.ts'
import { commit, readCells, writePage } from './page.ts'
import type { Cells } from './page.ts'

declare module 'vitest' {
  interface TaskMeta {
    /** Between which processes a test runs, such as `5 processes`, how what carries news between them does, and what ends sessions. */
    cell?: { readonly processes: string; readonly bus: BusState; readonly ends: readonly string[] }
  }
}

type Counts = Record<TestState, number>

/**
 * Ends a run with a table: an engine a row, and what came of its tests with so many processes and the bus so. docs/matrix.md
 * gets what was played; what `-t` has left out stays there as it is.
 */
export default class Table implements Reporter {
  async onTestRunEnd(modules: readonly TestModule[]): Promise<void> {
    let ends: readonly string[] = []
    const counted = new Map<string, Map<string, Counts>>()
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { engine, cell } = test.meta()
        const { state } = test.result()
        if (!engine || !cell || state === 'pending') continue
        if (cell.ends.length > ends.length) ends = cell.ends
        const [number = '', kind] = cell.processes.split(' ')
        const name = kind === 'workers' ? `${engine}, workers` : engine
        const row = counted.get(name) ?? new Map<string, Counts>()
        counted.set(name, row)
        const column = `${number}, ${cell.bus}`
        const counts = row.get(column) ?? { passed: 0, failed: 0, skipped: 0, pending: 0 }
        counts[state]++
        row.set(column, counts)
      }
    }
    const cells: Cells = readCells()
    for (const [name, row] of counted) {
      const known = cells.get(name) ?? new Map<string, string>()
      for (const [column, counts] of row) {
        const said = saidOf(counts)
        if (said === null) continue
        known.set(column, `${said}, ${commit}`)
        console.log(`| ${name} | ${column} | ${said} |`)
      }
      if (known.size > 0) cells.set(name, known)
    }
    await writePage(cells, ends)
  }
}

/** What came of the tests of a cell; null where none of them was played. */
function saidOf({ passed, failed }: Counts): string | null {
  if (passed + failed === 0) return null
  return failed > 0 ? `${failed} of ${passed + failed} FAILED` : `${passed} held`
}
