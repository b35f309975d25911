import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where this run writes down what was said, and what must not be. */
    notes: string
  }
}

/** Makes the folder of one run, and removes it after the last test. */
export default function makeFolder({ provide }: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-notes-'))
  provide('notes', folder)
  return () => rmSync(folder, { recursive: true, force: true })
}
