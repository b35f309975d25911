import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

/** A build that an operator may still run. */
export interface Release {
  /** Such as "the build from before 20261126210657_leases". */
  readonly name: string
  readonly commit: string
}

/**
 * What is played beside today's build, apart from the last tag: the builds from before the newest migration and from before
 * these. What is older than the last of them needs packages that are not installed any more.
 */
const played = ['20261127142242_browser_index', '20261126210657_leases']

/** The releases to play, newest first. One that this checkout has no history of is left out, with a line that names it. */
export function earlierReleases(): Release[] {
  const migrations = readdirSync('prisma/migrations/sqlite').filter((name) => /^\d/.test(name))
  const names = new Set([migrations.sort().at(-1) ?? '', ...played])
  const found: Release[] = []
  const tag = ask('describe', '--tags', '--abbrev=0', 'HEAD^')
  if (tag !== null) found.push({ name: `the release ${tag}`, commit: tag })
  for (const migration of names) {
    const folder = `prisma/migrations/sqlite/${migration}`
    const added = ask('log', '-1', '--format=%H', '--diff-filter=A', '--', folder)
    const commit = added && ask('rev-parse', '--verify', '--quiet', `${added}^`)
    const name = `the build from before ${migration}`
    if (commit) found.push({ name, commit })
    else console.warn(`There is no history here: ${name} is not run beside this one.`)
  }
  return found
}

/** Makes the program of a release in `folder`, of its sources and today's packages, and says where it is. */
export async function buildRelease({ commit }: Release, folder: string): Promise<string> {
  const run = promisify(execFile)
  const sources = join(folder, commit)
  mkdirSync(sources)
  const archive = join(folder, `${commit}.tar`)
  await run('git', ['archive', '--output', archive, commit])
  await run('tar', ['-xf', archive, '-C', sources])
  symlinkSync(resolve('node_modules'), join(sources, 'node_modules'))
  for (const script of ['generate', 'bundle'])
    await run(process.execPath, [`scripts/${script}.mjs`], { cwd: sources })
  return join(sources, 'dist/main.js')
}

/** What git answers; null where it cannot, as in a checkout that is shallow or has none. */
function ask(...words: string[]): string | null {
  try {
    const answer = execFileSync('git', words, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return answer.trim() || null
  } catch {
    return null
  }
}
