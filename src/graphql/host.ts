/**
 * May the server be asked under this name? As Django's ALLOWED_HOSTS has it: names without a port, `.example.com` for a
 * domain and all below it. None listed: any name, which is safe where a proxy in front passes on only its own.
 */
export function isAllowedHost(host: string | undefined, allowed: readonly string[]): boolean {
  if (allowed.length === 0) return true
  const name = (host ?? '').toLowerCase().replace(/:\d+$/, '')
  return allowed.some((entry) =>
    entry.startsWith('.') ? name === entry.slice(1) || name.endsWith(entry) : name === entry,
  )
}
