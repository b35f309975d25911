// Carries out the steps of deploy/Dockerfile in an empty folder, without Docker: what it copies is copied, what it runs is
// run, and its server is asked whether it is ready. What only root of an image can do is named and left out. It takes as
// long as an installation and a build. With --built it takes what is installed and built here, as the tests do.
// Usage: npm run try-image
import { execFileSync, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const isBuilt = process.argv.includes('--built')
const root = mkdtempSync(join(tmpdir(), 'coatcheck-image-'))
const ignored = readFileSync('deploy/Dockerfile.dockerignore', 'utf8').trim().split('\n')
const lines = readFileSync('deploy/Dockerfile', 'utf8')
  .replaceAll(/\\\n\s*/g, ' ')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))

/** Absolute paths of the image are below the folder. */
const inside = (text) => text.replaceAll(/(?<=^|[\s:="'])\/(opt|data)(?=\/|\b)/g, `${root}/$1`)

const environment = { PATH: process.env.PATH, HOME: process.env.HOME }
let workdir = root
let command = null
let health = null
try {
  for (const line of lines) {
    const [word, ...rest] = line.split(' ')
    const text = rest.join(' ')
    console.log(`> ${line}`)
    if (word === 'FROM') workdir = root
    else if (word === 'WORKDIR') {
      workdir = inside(text)
      mkdirSync(workdir, { recursive: true })
    } else if (word === 'ENV')
      for (const [, name, value] of text.matchAll(/(\w+)=(\S+)/g)) environment[name] = inside(value)
    else if (word === 'COPY') copy(rest)
    else if (word === 'RUN' && text.startsWith('chown'))
      console.log('  left out: it needs root of an image')
    else if (word === 'RUN' && isBuilt) text.split(' && ').forEach(takeBuilt)
    else if (word === 'RUN')
      execFileSync('sh', ['-ec', inside(text)], {
        cwd: workdir,
        env: environment,
        stdio: 'inherit',
      })
    else if (word === 'CMD') command = JSON.parse(text).map(inside)
    else if (word === 'HEALTHCHECK') health = JSON.parse(text.slice(text.indexOf('[')))
    else if (!['USER', 'VOLUME', 'EXPOSE'].includes(word)) throw new Error(`Unknown step: ${word}`)
  }
  await serve()
  console.log('Every step was carried out, and the server was ready.')
} finally {
  rmSync(root, { recursive: true, force: true })
}

function copy(words) {
  if (words[0].startsWith('--from=')) return // the folder of both stages is one here
  const to = join(workdir, words.at(-1))
  const tracked = execFileSync('git', ['ls-files'], { encoding: 'utf8' }).trim().split('\n')
  const isIgnored = (path) => ignored.some((name) => path === name || path.startsWith(`${name}/`))
  for (const from of words.slice(0, -1)) {
    const files = from === '.' ? tracked.filter((path) => !isIgnored(path)) : [from]
    for (const file of files) {
      mkdirSync(dirname(join(to, file)), { recursive: true })
      cpSync(file, join(to, file))
    }
  }
}

/** Puts there what a step would make. */
function takeBuilt(step) {
  if (step === 'npm ci') return // what of it is left after the last step comes with that
  if (step === 'npm run build') link('dist')
  else if (step === 'npm prune --omit=dev') installed().forEach(link)
  else throw new Error(`--built does not know what this step makes: ${step}`)
}

/** The folders of the packages that production needs, one inside the other left to the outer one. */
function installed() {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'))
  return Object.entries(packages)
    .filter(
      ([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional && existsSync(path),
    )
    .map(([path]) => path)
    .filter((path) => !path.includes('/node_modules/'))
}

/** By hard links where the folder is on the same disk. */
function link(path) {
  const to = join(workdir, dirname(path))
  mkdirSync(to, { recursive: true })
  try {
    execFileSync('cp', ['-al', path, to], { stdio: 'ignore' })
  } catch {
    execFileSync('cp', ['-a', path, to])
  }
}

async function serve() {
  const port = await freePort()
  const env = {
    ...environment,
    PORT: port,
    HOST: '127.0.0.1',
    SECRET_KEY: 'only to try it: '.repeat(3),
  }
  mkdirSync(join(root, 'data'), { recursive: true, mode: 0o700 })
  const server = spawn(command[0], command.slice(1), { cwd: workdir, env, stdio: 'inherit' })
  const ended = new Promise((done) => server.once('exit', done))
  try {
    const [program, ...words] = health.map((word) => word.replaceAll('4000', port))
    for (let round = 0; ; round++) {
      try {
        execFileSync(program, words, { env })
        break
      } catch (error) {
        if (round === 60 || server.exitCode !== null) throw error
        await new Promise((done) => setTimeout(done, 1000))
      }
    }
  } finally {
    server.kill('SIGTERM')
  }
  const code = await ended
  if (code !== 0) throw new Error(`The server ended with ${code}.`)
}

function freePort() {
  return new Promise((done) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => done(String(port)))
    })
  })
}
