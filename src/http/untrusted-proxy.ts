import type { IncomingMessage } from 'node:http'

/**
 * Warns the operator, once a process, of a proxy that the settings do not name. Without TRUST_PROXY all visitors have the
 * proxy's address, and the throttle counts them as one. Any client can send these headers, so this is only a hint.
 */
export function createProxyHint(
  trustsProxy: boolean,
  warn: (message: string) => void,
): (request: Pick<IncomingMessage, 'headers'>) => void {
  let isTold = trustsProxy
  return ({ headers }) => {
    if (isTold) return
    const header = ['X-Forwarded-For', 'Forwarded'].find((name) => name.toLowerCase() in headers)
    if (header === undefined) return
    isTold = true
    warn(
      `TRUST_PROXY: Requests carry ${header}, and no proxy is trusted. If one of yours wrote it, say so: until then all visitors share its address, and the wrong passwords of one hold up the others.`,
    )
  }
}
