/** A visitor with a cookie jar, who talks to a server of whatever kind. */
export function createVisitor(url: string) {
  let cookie = ''

  async function send(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { ...(init.headers as Record<string, string>), ...(cookie && { cookie }) }
    const response = await fetch(url + path, { ...init, headers, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) cookie = line.split(';', 1)[0] ?? ''
    return response
  }

  return {
    send,
    /** The data of a GraphQL answer; throws for one with errors. */
    async query(query: string, variables: Record<string, unknown> = {}) {
      const response = await send('/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables }),
      })
      const { data, errors } = (await response.json()) as { data: unknown; errors?: unknown }
      if (errors !== undefined) throw new Error(JSON.stringify(errors))
      return data
    },
    json: async (path: string): Promise<unknown> => (await send(path)).json(),
  }
}
