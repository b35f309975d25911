/** The code of an error that came before anything was sent. */
export const notBegun = 'NOT_BEGUN'

/** Of what was not sent, of a connection that never came about, and of what a file system or SQLite has refused. */
const settled =
  /^(NOT_BEGUN|ECONNREFUSED|ENOTFOUND|EAI_\w+|E(HOST|NET)UNREACH|ENOSPC|EDQUOT|EROFS|EACCES|EPERM|ENOENT|ENOTDIR|EMFILE|ENFILE|SQLITE_\w+)$/

/** Redis has answered with an error, or there was no connection to send by. */
const replies = /^(SimpleError|BlobError|ClientOfflineError|ClientClosedError)$/

/**
 * SQLSTATE 40003 and 08007: the server itself does not know whether a statement, or a commit, was carried out. CockroachDB says
 * so where the node that it had asked went away meanwhile.
 */
const unknown = /^(40003|08007)$/

/**
 * Does this error, or what caused it, show that nothing was stored? It was the dependency's answer, or came before anything
 * was sent. False where that cannot be told: a connection that breaks does not say how far the other side has come.
 */
export function isSettled(error: unknown): boolean {
  for (let each = error; each instanceof Error; each = each.cause) {
    const { code, severity } = each as { code?: unknown; severity?: unknown }
    if (unknown.test(String(code))) return false
    if (severity === 'ERROR' || settled.test(String(code))) return true // PostgreSQL says how severe
    if (replies.test(each.constructor.name)) return true
  }
  return false
}
