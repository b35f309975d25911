import { setFlagsFromString } from 'node:v8'

/** The newest release of Node on which these flags were tried. V8 prints a line for a flag that it does not know. */
const newestTried = 24

/** By how much of what is in use the heap may grow before V8 looks for garbage, in percent. V8 lets it double, and more. */
const growth = 70

/**
 * Makes V8 take less memory than it would. Call it before anything is loaded. What it costs, and why these flags are not
 * on the command line: docs/decisions/0031-memory.md.
 */
export function spareMemory(): void {
  if (Number.parseInt(process.versions.node) > newestTried) return
  // Prisma's queries are compiled in WebAssembly, which V8 would itself compile a second time.
  setFlagsFromString('--liftoff-only')
  setFlagsFromString(`--heap-growing-percent=${growth}`)
}
