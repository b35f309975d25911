import { readdirSync, readFileSync } from 'node:fs'

const ticks = 100 // a second, on every Linux that Node runs on

/** The seconds of processor that these processes and all that they have started have taken so far. */
export function secondsOf(pids) {
  const all = statsOfAll()
  const family = new Set(pids)
  for (let size = 0; size < family.size;) {
    size = family.size
    for (const { pid, parent } of all) if (family.has(parent)) family.add(pid)
  }
  const own = all.filter(({ pid }) => family.has(pid))
  return own.reduce((sum, { spent }) => sum + spent, 0) / ticks
}

/** The seconds of processor that the machine has spent on whatever it was, and those that it had. */
export function secondsOfMachine() {
  const [line] = readFileSync('/proc/stat', 'utf8').split('\n')
  const [user, nice, system, idle, wait, ...rest] = line.trim().split(/\s+/).slice(1).map(Number)
  const busy = user + nice + system + rest.slice(0, 3).reduce((sum, value) => sum + value, 0)
  return { busy: busy / ticks, all: (busy + idle + wait) / ticks }
}

function statsOfAll() {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
        const words = text.slice(text.lastIndexOf(')') + 2).split(' ')
        // utime, stime, and those of children that have ended
        const spent = words.slice(11, 15).reduce((sum, value) => sum + Number(value), 0)
        return { pid: Number(pid), parent: Number(words[1]), spent }
      } catch {
        return [] // it has ended meanwhile
      }
    })
}
