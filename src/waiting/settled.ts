/** The code that we give an error of a call for which nothing was sent. */
export const notBegun = 'NOT_BEGUN'

/** Codes of a call for which nothing was sent, of a connection that never came about, and of what a file system or SQLite refused. */
const settled =
  /^(NOT_BEGUN|ECONNREFUSED|ENOTFOUND|EAI_\w+|E(HOST|NET)UNREACH|ENOSPC|EDQUOT|EROFS|EACCES|EPERM|ENOENT|ENOTDIR|EMFILE|ENFILE|SQLITE_\w+)$/

/** Classes of errors by which Redis has answered, or for which there was no connection to send by. */
const replies = /^(SimpleError|BlobError|ClientOfflineError|ClientClosedError)$/

/**
 * SQLSTATE 40003 and 08007: the server itself does not know whether it has carried out a statement, or a commit. CockroachDB says
 * so where the node that it had asked went away meanwhile.
 */
const unknown = /^(40003|08007)$/

/**
 * Does this error, or what caused it, show that nothing was stored? It does where it is the dependency's answer, or came before
 * anything was sent. False where that is unknown: a connection that breaks does not say how far the other side has come.
 */
export function isSettled(error: unknown): boolean {
  for (let each = error; each instanceof Error; each = each.cause) {
    const { code, severity } = each as { code?: unknown; severity?: unknown }
    if (unknown.test(String(code))) return false
    if (severity === 'ERROR' || settled.test(String(code))) return true // the severity is PostgreSQL's answer
    if (replies.test(each.constructor.name)) return true
  }
  return false
}
