/** Can only this machine reach a server that listens on `host`, or is a server there on this machine? */
export function isLocal(host: string): boolean {
  return /^(127\.|localhost$|\[?::1\]?$)/i.test(host) || host === ''
}

/** The servers that a URL names, without user, port and path; none for a socket of this machine. */
export function serversOf(url: string): string[] {
  const [, servers = ''] = /^[a-z+-]+:\/\/(?:[^/@]*@)?([^/?]*)/i.exec(url) ?? []
  const parameter = /[?&]host=([^&]+)/.exec(url)?.[1]
  return (parameter ?? servers)
    .split(',')
    .map((server) => server.replace(/:\d+$/, ''))
    .filter((server) => server !== '' && !server.startsWith('/') && !server.startsWith('%2F'))
}

/** Does a URL name a server that is not on this machine? */
export function isFar(url: string | null): boolean {
  return url !== null && serversOf(url).some((server) => !isLocal(server))
}

/** The user and the password of a URL; null for none. */
export function credentialsOf(url: string): { user: string; password: string | null } | null {
  const [, user, password] = /^[a-z+-]+:\/\/([^:/@]*)(?::([^/]*))?@/i.exec(url) ?? []
  if (user === undefined) return null
  return { user, password: password ?? null }
}

/** A parameter of a URL; null where it has none of that name. */
export function parameterOf(url: string, name: string): string | null {
  return new URLSearchParams(url.split('?')[1] ?? '').get(name)
}

/** Can a program guess `secret`? It repeats itself, or it was meant to be replaced. */
export function isGuessable(secret: string): boolean {
  if (new Set(secret).size < 10) return true
  return /change.?(me|this)|secret|passw|example|insecure|your.?key|placeholder|0123456|abcdef/i.test(
    secret,
  )
}
