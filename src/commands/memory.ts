import { setFlagsFromString } from 'node:v8'

/** The newest release of Node on which these flags were tried. V8 prints a line for a flag that it does not know. */
const newestTried = 24

/**
 * Makes V8 take less memory than it would. Call it before anything is loaded.
 *
 * Prisma compiles its queries in WebAssembly, which V8 would compile a second time, to run faster, in 25 MB. And V8 lets
 * the room for young objects grow to 48 MB while a server is busy; what a request leaves behind fits into much less.
 */
export function spareMemory(): void {
  if (Number.parseInt(process.versions.node) > newestTried) return
  setFlagsFromString('--liftoff-only')
  // The maximum itself can be set on the command line only.
  setFlagsFromString('--semi-space-growth-factor=1')
}
