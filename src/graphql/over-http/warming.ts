import type { Asked } from '../asked.ts'
import type { Api } from '../operation.ts'

/** Runs operations that change nothing, without a visitor, so that the first visitor does not wait for what is made once. */
export async function warmUp(api: Api): Promise<void> {
  await api.warm()
  for (const query of documents) await api.ask(noVisitor(), { query })
}

/**
 * A registration that breaks every rule and so does nothing, and the most common query. No login: it would be counted as
 * refused.
 */
const documents = [
  'mutation { register(input: { username: "", password: "" }) { __typename } }',
  '{ me { id username } session { id } }',
]

/** A request without a cookie, from no address, whose answer has no reader. */
function noVisitor(): Asked {
  return {
    served: {
      request: { headers: {} },
      client: { ipAddress: null, userAgent: null },
      headers: [],
    },
    id: 'warming up',
    admit() {},
    reader: () => ({ asksAgain: false, onceGone() {}, cutOff() {} }),
  }
}
