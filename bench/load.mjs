import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'

/** Ticks of the processor's clock a second, as /proc counts them. */
const ticks = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

/** Seconds of processor time that the process has used so far. */
export function processorTime(pid) {
  const fields = statOf(pid)
  return (Number(fields[11]) + Number(fields[12])) / ticks
}

/** Seconds of processor time that children of this process have used which have ended. */
export function childrenTime() {
  const fields = statOf(process.pid)
  return (Number(fields[13]) + Number(fields[14])) / ticks
}

function statOf(pid) {
  // The name of the program stands in brackets, and may hold spaces.
  return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
}

/**
 * Posts one of `requests` after the other on each of `connections`, in raw HTTP, for `seconds`. Says how many were
 * answered. An answer that is not 200, or in which `isRight` does not find what was asked for, is an error. A request
 * keeps the cookie that an answer to it has set, as a browser does. `from` is the address that a proxy says it comes from.
 * `onAnswered` is told how many milliseconds each took.
 */
export async function post(
  url,
  { requests, connections, seconds, isRight, onAnswered = () => {} },
) {
  const { hostname, port, pathname } = new URL(url)
  const messageOf = ({ body, cookie = '', from = '' }) =>
    [
      `POST ${pathname} HTTP/1.1`,
      `Host: ${hostname}:${port}`,
      'Content-Type: application/json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      ...(cookie === '' ? [] : [`Cookie: ${cookie}`]),
      ...(from === '' ? [] : [`X-Forwarded-For: ${from}`]),
      '',
      body,
    ].join('\r\n')
  const messages = requests.map(messageOf)
  let answered = 0
  const end = performance.now() + seconds * 1000

  const talk = (at) =>
    new Promise((done, fail) => {
      const socket = connect(Number(port), hostname)
      let next = at
      let asked = at
      let buffer = ''
      let sentAt = 0
      const send = () => {
        asked = next % messages.length
        sentAt = performance.now()
        socket.write(messages[asked])
        next += connections
      }
      socket.setEncoding('latin1').setNoDelay(true)
      socket.once('connect', send).once('error', fail)
      socket.on('data', (chunk) => {
        buffer += chunk
        const answer = wholeAnswer(buffer)
        if (answer === null) return
        buffer = ''
        if (!answer.startsWith('HTTP/1.1 200') || !isRight(answer)) {
          socket.destroy()
          return fail(new Error(answer))
        }
        const [, cookie] = /^Set-Cookie: ([^;]+)/im.exec(answer) ?? []
        if (cookie !== undefined) {
          requests[asked].cookie = cookie
          messages[asked] = messageOf(requests[asked])
        }
        onAnswered(performance.now() - sentAt)
        answered++
        if (performance.now() < end) return send()
        socket.destroy()
        done()
      })
    })

  await Promise.all(Array.from({ length: connections }, (_, at) => talk(at)))
  return answered
}

/** The answer in `text` once all of it is there; null until then. */
function wholeAnswer(text) {
  const at = text.indexOf('\r\n\r\n')
  if (at === -1) return null
  const length = /^content-length: (\d+)/im.exec(text.slice(0, at))?.[1]
  const isWhole =
    length === undefined ? text.endsWith('\r\n0\r\n\r\n') : text.length >= at + 4 + Number(length)
  return isWhole ? text : null
}

/**
 * Measures what each of `contenders`, `{ pid, slice(seconds) }`, does in turns of the same run, so that whatever else the
 * machine does is shared by all. The first is the baseline. Says of each, as the median of its turns, which one turn that was
 * interrupted does not move: requests a second; the ratio to the baseline, and its lowest and highest in one round; and
 * microseconds of processor time a request.
 */
export async function race(contenders, { rounds = 15, seconds = 0.75 } = {}) {
  const slices = contenders.map(() => [])
  for (const contender of contenders) await warm(contender)
  for (let round = 0; round < rounds; round++) {
    for (const [at, { pid, slice }] of contenders.entries()) {
      const [start, before] = [performance.now(), processorTime(pid)]
      const answered = await slice(seconds)
      const time = (performance.now() - start) / 1000
      slices[at].push({ answered, time, processor: processorTime(pid) - before })
    }
  }
  const rateIn = ({ answered, time }) => answered / time
  const rate = (at) => median(slices[at].map(rateIn))
  return contenders.map((_contender, at) => {
    const ratios = slices[at].map((slice, round) => rateIn(slice) / rateIn(slices[0][round]))
    const spent = slices[at].map(({ answered, processor }) => processor / answered)
    return {
      rate: Math.round(rate(at)),
      ratio: Number((rate(at) / rate(0)).toFixed(2)),
      lowest: Number(Math.min(...ratios).toFixed(2)),
      highest: Number(Math.max(...ratios).toFixed(2)),
      processor: Math.round(median(spent) * 1e6),
    }
  })
}

/** The middle one of these numbers. */
export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]
}

/** Asks until V8 has compiled what is asked again and again; on a busy machine that takes more than one slice. */
async function warm({ slice }) {
  let answered = 0
  for (let second = 0; second < 10 && answered < 6000; second++) answered += await slice(1)
}
