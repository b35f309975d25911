import { existsSync } from 'node:fs'
import { readFile, stat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Config } from '../../config/config.ts'
import { hasTrait } from '../../config/engines.ts'
import type { Finding } from '../../config/judging/rule.ts'
import { sqliteFile } from '../../database/sqlite-file-url.ts'

/** Kinds of file systems, by the number that the kernel has for them. */
const networks = [0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x01021997]
const inMemory = [0x01021994, 0x858458f6]

/** How much room a database should have at least, in bytes. */
const leastRoom = 200 * 1024 * 1024

/** What is wrong with the files that the settings name, and with the process that would open them. */
export async function examineFiles(config: Config, isProduction: boolean): Promise<Finding[]> {
  const { databaseUrl, sessionEngine, sessionEnginePrevious, sessionFilePath } = config
  const database = sqliteFile(databaseUrl)
  const keepsFiles = [sessionEngine, sessionEnginePrevious].some((one) =>
    hasTrait(one, 'keepsFiles'),
  )
  const found = [
    await whoReads('.env', 'the secrets in it', '.env'),
    ...(database === null
      ? []
      : [
          await whoReads(database, 'the hashes of passwords, and session data', 'DATABASE_URL'),
          await whoReads(`${dirname(database)}/secret-key`, 'the secret key', 'SECRET_KEY'),
          ...(await placeOf(database, 'DATABASE_URL')),
        ]),
    ...(keepsFiles ? await placeOf(sessionFilePath, 'SESSION_FILE_PATH') : []),
    ...(isProduction ? [asRoot(), await fewDescriptors(config)] : []),
  ]
  return found.filter((finding) => finding !== null)
}

/** A finding where others than its owner may open `path`; null otherwise. Windows keeps that elsewhere: there the mode says nothing. */
async function whoReads(path: string, what: string, about: string): Promise<Finding | null> {
  if (process.platform === 'win32') return null
  const found = await stat(path).catch(() => null)
  const folder = await stat(dirname(path)).catch(() => null)
  if (found === null || (found.mode & 0o077) === 0 || (folder && (folder.mode & 0o077) === 0))
    return null
  const may = (found.mode & 0o007) === 0 ? 'Users of its group' : 'All users of this machine'
  return {
    level: 'WARNING',
    about,
    says: `${may} may open ${path}, and with it ${what}.`,
    cure: `chmod 600 ${path}`,
  }
}

/** What is wrong with the file system below `path`: memory is lost, the locks of a network do not hold, and a disk may be full. */
async function placeOf(path: string, about: string): Promise<Finding[]> {
  const place = [path, dirname(path), '.'].find((one) => existsSync(one)) ?? '.'
  const system = await statfs(place).catch(() => null)
  if (system === null) return []
  const kind = Number(system.type) >>> 0
  const room = system.bavail * system.bsize
  return [
    ...(networks.includes(kind)
      ? [
          {
            level: 'ERROR' as const,
            about,
            says: `${path} is on a file system of the network, whose locks do not hold: two processes may damage it.`,
            cure: 'Keep it on a disk of this machine, or take PostgreSQL.',
          },
        ]
      : []),
    ...(inMemory.includes(kind)
      ? [
          {
            level: 'WARNING' as const,
            about,
            says: `${path} is kept in memory: it is gone when the machine starts anew.`,
            cure: 'Keep it on a disk.',
          },
        ]
      : []),
    ...(room < leastRoom
      ? [
          {
            level: 'WARNING' as const,
            about,
            says: `There are ${Math.floor(room / 1024 / 1024)} MB left where ${path} is. A full disk takes no login.`,
            cure: 'Make room, or let clear-sessions run.',
          },
        ]
      : []),
  ]
}

function asRoot(): Finding | null {
  if (process.getuid?.() !== 0) return null
  return {
    level: 'WARNING',
    about: 'user',
    says: 'This is root. A server that runs as root gives the machine away with its first fault.',
    cure: 'Run it as a user of its own, as deploy/coatcheck.service does. Run check as that user too.',
  }
}

/** Each connection is a file, and so are those of the database and the store. Linux alone says how many there may be. */
async function fewDescriptors({ http }: Config): Promise<Finding | null> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '')
  const most = Number(/^Max open files +\d+ +(\d+)/m.exec(limits)?.[1] ?? Infinity)
  if (most > http.connections + 100) return null
  return {
    level: 'WARNING',
    about: 'HTTP_MAX_CONNECTIONS',
    says: `A process may open ${most} files here, which is too few for ${http.connections} connections.`,
    cure: 'Set LimitNOFILE in the unit, or fewer connections.',
  }
}
