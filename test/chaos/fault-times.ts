import { createIndexes } from './during.ts'
import type { Fault, History, Operation } from './history.ts'

/** How long what was struck may be unwell after a fault: a stream that could not look waits for up to four seconds. */
export const recovery = 6000

/** Which process the fault befell, or its way to something; null where it befell what all of them share. */
function struckBy({ name }: Fault): number | null {
  const [, index] = /process (\d+)/.exec(name) ?? []
  return index === undefined ? null : Number(index)
}

/** Did it befall this process, its way to something, or what all processes share? */
export function touches(fault: Fault, process: number): boolean {
  const struck = struckBy(fault)
  return struck === null || struck === process
}

/** May it have kept this process from writing into the database? What befalls a cache does not. */
export function mayKeepFromDatabase(fault: Fault, process: number): boolean {
  return touches(fault, process) && !/cache|Redis|Memcached/.test(fault.name)
}

/** The faults that lasted at any time between these two, in milliseconds. */
export function faultsDuring({ faults }: History, begin: number, end: number): Fault[] {
  return indexOf(faults)(begin, end)
}

const indexOf = createIndexes<Fault>(({ from, to }) => ({ begin: from, end: to }))

/** Does it end this process, or a worker of it, and with that its connections? */
export function ends(fault: Fault, process: number): boolean {
  return struckBy(fault) === process && /is (killed|restarted)$/.test(fault.name)
}

/** Is what was answered as done one of the things that the store admits to lose? */
export function mayBeLost({ sent, answered }: Operation, history: History): boolean {
  return faultsDuring(history, sent, answered ?? Infinity).some(({ loses }) => loses === 'moments')
}
