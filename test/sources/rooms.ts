/** Who may import whom: a file knows its own room and those below it. */
export const rooms = [
  'main',
  'commands',
  'testing',
  'index',
  'coat',
  'app',
  'metrics',
  'admin',
  'host',
  'features',
  'graphql',
  'upkeep',
  'auth',
  'bus',
  'session',
  'http',
]

/** Rooms beside them, which are handed to those that need them. Each knows those behind it. */
export const leaves = [
  'config',
  'failures',
  'database',
  'workers',
  'waiting',
  'refusals',
  'fault',
  'numbers',
]

/** The room that a file is in. */
export function roomOf(path: string): string {
  const [, first = ''] = path.split('/')
  return first.replace(/\.tsx?$/, '')
}

/** May a file of room `from` not import the file `to`? */
export function isForbidden(from: string, to: string): boolean {
  const room = roomOf(to)
  if (room === from || room === 'generated') return false
  if (leaves.includes(from)) return leaves.indexOf(room) <= leaves.indexOf(from)
  if (room === 'config')
    // What is set is handed to them. A module is loaded by its name, an engine is opened by it, and an error names its setting.
    return (
      ['http', 'session'].includes(from) &&
      !/\/(engines|longest-cookie|module|settings)\.ts$/.test(to)
    )
  if (leaves.includes(room)) return false
  return rooms.indexOf(room) < rooms.indexOf(from)
}
