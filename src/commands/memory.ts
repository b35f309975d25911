import { PerformanceObserver } from 'node:perf_hooks'
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

/** The newest release of Node on which these flags were tried. V8 prints a line for a flag that it does not know. */
const newestTried = 24

/** How large the space for young objects may grow, in bytes: its two halves together. V8 lets it grow to 32 MB. */
const mostYoung = 16 * 1024 * 1024

/** By how much of what is in use the heap may grow before V8 looks for garbage, in percent. V8 lets it double, and more. */
const growth = 40

/**
 * Makes V8 take less memory than it would. Call it before anything is loaded. What it costs, and why these flags are not
 * on the command line: docs/decisions/0031-memory.md.
 */
export function spareMemory(): void {
  if (Number.parseInt(process.versions.node) > newestTried) return
  // Prisma's queries are compiled in WebAssembly, which V8 would itself compile a second time.
  setFlagsFromString('--liftoff-only')
  setFlagsFromString(`--heap-growing-percent=${growth}`)
  limitYoung()
}

/**
 * Lets the space for young objects grow after a collection that finds it small, and not while modules are loaded: their
 * objects stay anyway, and it would double twice before this process looks again.
 */
function limitYoung(): void {
  let factor = 1
  setFlagsFromString(`--semi-space-growth-factor=${factor}`)
  new PerformanceObserver(() => {
    const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')
    const wanted = (young?.space_size ?? 0) < mostYoung ? 2 : 1
    if (wanted === factor) return
    factor = wanted
    setFlagsFromString(`--semi-space-growth-factor=${factor}`)
  }).observe({ entryTypes: ['gc'] })
}
