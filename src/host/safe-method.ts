import type { IncomingMessage } from 'node:http'

/** Methods that change nothing (RFC 9110, section 9.2.1). */
const safe = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Did the request come by a method that changes nothing? Middleware may have put another in its place since, as `_method` of
 * a form or a header has asked: `originalMethod` is what it leaves of the first. No browser sends a GET with a body, so one
 * that has a body was something else.
 */
export function cameBySafeMethod(request: IncomingMessage): boolean {
  const { originalMethod } = request as { originalMethod?: unknown }
  const methods = [request.method, ...(typeof originalMethod === 'string' ? [originalMethod] : [])]
  const { headers } = request
  const hasBody = 'content-length' in headers || 'transfer-encoding' in headers
  return !hasBody && methods.every((method) => safe.has(method ?? ''))
}
