import { post, startProcess } from './process.mjs'
import { ratio } from './setting.mjs'

export const title = 'Do a hundred thousand distinct documents fit into 256 MB of heap?'

const documents = 100_000
const atOnce = 50

/** Memory after a tenth of them is the baseline: by then everything that is kept has been filled. */
export async function measure() {
  const server = await startProcess({}, ['--max-old-space-size=256'])
  const fresh = server.memory()
  let sent = 0
  let [early, most] = [0, 0]
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (sent < documents) {
        const at = sent++
        const { status } = await post(server.url, documentOf(at))
        if (status !== 200) throw new Error(`The server answered ${status}.`)
        if (at === documents / 10) early = server.memory()
        if (at % 1000 === 0) most = Math.max(most, server.memory())
      }
    }),
  )
  const late = server.memory()
  const isAlive = server.isAlive()
  await server.stop()
  const mb = (value) => `${value.toFixed(0)} MB`
  return {
    'memory of a server that has just started': mb(fresh),
    'after 10,000 documents (baseline)': mb(early),
    'after 100,000': `${mb(late)}, ${ratio(late, early)}`,
    'the most in between': `${mb(most)}, ${ratio(most, early)}`,
    'alive, and served every one': String(isAlive),
  }
}

/** Twenty fields under names that no other document has. */
function documentOf(at) {
  const fields = Array.from({ length: 20 }, (_, more) => `a${at}_${more}: __typename`)
  return `query Q${at} { ${fields.join(' ')} me { id username } }`
}
