import { giveServersACore } from './cores.mjs'
import { connections, contenders, createServices } from './contenders.mjs'
import { race } from './load.mjs'
import { raceLogins } from './login-race.mjs'
import { Missing } from './services.mjs'
import { measureStart } from './start-time.mjs'

export const title =
  'What do a signed-in read, a write, a login and a start cost, beside bare graphql-yoga?'

/** Rows beside those of `contenders`. */
const others = { logins: raceLogins, start: measureStart }

/**
 * The rows named in `wanted`, or all. The servers are asked in slices of the same run over the same number of connections.
 * Each server has one processor, and the caller another. The ratio is that of requests a second to the baseline; the ratio of
 * processor time says the same where the machine is shared, as it leaves out what the others took. Logins and the start have
 * all processors.
 */
export async function measure(wanted) {
  const names = [...Object.keys(contenders), ...Object.keys(others)]
  const unknown = wanted.filter((name) => !names.includes(name))
  if (unknown.length > 0) throw new Error(`No row is called ${unknown}: ${names.join(', ')}`)
  const isWanted = (name) => wanted.length === 0 || wanted.includes(name)
  const figures = {}
  const servers = withParts(Object.keys(contenders).filter(isWanted))
  if (servers.length > 0) figures[`over ${connections} connections`] = await raceServers(servers)
  for (const [name, work] of Object.entries(others))
    if (isWanted(name)) figures[name] = await work()
  return figures
}

/** Rows that are compared with others are measured beside them. */
function withParts(names) {
  return [...new Set(names.flatMap((name) => [...(contenders[name].parts ?? []), name]))]
}

async function raceServers(names) {
  const [baseline] = Object.keys(contenders)
  const release = giveServersACore()
  const services = createServices()
  const servers = []
  try {
    return await raceOn(services, servers, [baseline, ...names.filter((each) => each !== baseline)])
  } finally {
    await Promise.all(servers.map((server) => server.stop()))
    await services.stop()
    release()
  }
}

/** Starts what is named, keeps it in `servers`, and measures it. */
async function raceOn(services, servers, names) {
  const rows = []
  for (const name of names) {
    const row = { row: name, what: contenders[name].what }
    rows.push(row)
    try {
      const server = await contenders[name].start(services)
      servers.push({ ...server, row, before: server.logged() })
    } catch (error) {
      if (!(error instanceof Missing)) throw error
      row.what += `: ${error.message}`
    }
  }
  const results = await race(servers)
  for (const [at, { row, atRest, mostMemory, logged, before }] of servers.entries()) {
    const { rate, ratio, lowest, highest, processor } = results[at]
    Object.assign(row, {
      'a second': rate,
      ratio,
      'in a round': `${lowest}-${highest}`,
      'CPU µs': processor,
      'CPU ratio': Number((results[0].processor / processor).toFixed(2)),
      'MB at rest': Math.round(atRest),
      'most MB': Math.round(mostMemory()),
      'log bytes': logged() - before,
    })
  }
  for (const row of rows) {
    const parts = contenders[row.row].parts?.map((part) => rows.find((one) => one.row === part))
    const sum = parts?.reduce((total, part) => total + part['CPU µs'], 0)
    if (sum) row['CPU to its parts'] = Number((row['CPU µs'] / sum).toFixed(2))
  }
  return rows
}
