// A process whose files may not grow, for sqlite-thread.test.ts: node sqlite-thread-process.mjs <path>. It works on the built
// thread, because Node 20 runs no TypeScript.
import { createSqliteThread } from '../../dist/database/sqlite-thread.js'

const thread = createSqliteThread(process.argv[2], (work) => work())
const sql = 'UPDATE a SET n = n + 1 WHERE id > (SELECT max(id) - 200 FROM a) RETURNING id'
const counts = []
for (let n = 0; n < 3; n++) counts.push((await thread.run(sql, [])).count)
await thread.close()
console.log(JSON.stringify(counts))
