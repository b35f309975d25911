import type { Reporter, TestModule, TestState } from 'vitest/node'
import type { BusState } from '../chaos/bus.ts'

declare module 'vitest' {
  interface TaskMeta {
    /** Between which processes a test runs, such as `5 processes`, and how what carries news between them does. */
    cell?: { readonly processes: string; readonly bus: BusState }
  }
}

type Counts = Record<TestState, number>

/** Ends a run with a table: an engine a row, and what came of its tests with so many processes and the bus so. */
export default class Table implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const rows = new Map<string, Map<string, Counts>>()
    const columns = new Set<string>()
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { engine, cell } = test.meta()
        const { state } = test.result()
        if (!engine || !cell || state === 'pending') continue
        const column = `${cell.processes}, bus ${cell.bus}`
        const row = rows.get(engine) ?? new Map<string, Counts>()
        const counts = row.get(column) ?? { passed: 0, failed: 0, skipped: 0, pending: 0 }
        counts[state]++
        rows.set(engine, row.set(column, counts))
        // What `-t` leaves out is skipped, too, and its columns would be empty.
        if (state !== 'skipped') columns.add(column)
      }
    }
    const names = [...columns].sort()
    print(['', ...names])
    print(['---', ...names.map(() => '---')])
    for (const [engine, row] of rows) {
      const cells = names.map((name) => said(row.get(name)))
      if (cells.some((cell) => cell !== '')) print([engine, ...cells])
    }
  }
}

function said(counts: Counts | undefined): string {
  if (!counts || counts.passed + counts.failed === 0) return ''
  const { passed, failed } = counts
  return failed > 0 ? `${failed} of ${passed + failed} FAILED` : `${passed} held`
}

function print(cells: readonly string[]): void {
  console.log(`| ${cells.join(' | ')} |`)
}
