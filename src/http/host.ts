/**
 * May the server be asked under this name? As Django's ALLOWED_HOSTS has it: names without a port, `.example.com` for a
 * domain and all below it, `*` for any. None listed: any name, which is safe where a proxy in front passes on only its
 * own. `allowed` is in lower case, with IPv6 in brackets.
 */
export function isAllowedHost(host: string | undefined, allowed: readonly string[]): boolean {
  if (allowed.length === 0 || allowed.includes('*')) return true
  const name = nameOf(host ?? '')
  return allowed.some((entry) =>
    entry.startsWith('.') ? name === entry.slice(1) || name.endsWith(entry) : name === entry,
  )
}

/** Without port and final dot. An IPv6 address has many spellings, of which a URL picks one. */
function nameOf(host: string): string {
  const name = host.toLowerCase().replace(/:\d+$/, '').replace(/\.$/, '')
  return name.startsWith('[') && URL.canParse(`http://${name}`)
    ? new URL(`http://${name}`).hostname
    : name
}
