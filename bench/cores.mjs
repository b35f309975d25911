import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

/** The words that begin a command on the servers' processor; none where they share all of them. */
let onItsCore = []

/** What begins the command of a server. */
export const coreWords = () => onItsCore

/**
 * Gives the servers that are started from now on the first processor, and this process and its services the others: what the
 * caller does then takes nothing from a server, and no server has the help of a second one. Does nothing where there is one
 * processor alone, or no taskset. Call what it returns to let all have all again.
 */
export function giveServersACore() {
  const last = availableParallelism() - 1
  if (last === 0 || !isMoved(`1-${last}`)) return () => {}
  onItsCore = ['taskset', '-c', '0']
  return () => {
    onItsCore = []
    isMoved(`0-${last}`)
  }
}

/** Moves every thread of this process; those that it starts are where it is. */
function isMoved(cores) {
  return spawnSync('taskset', ['-a', '-p', '-c', cores, `${process.pid}`]).status === 0
}
