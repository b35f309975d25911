/**
 * The text of a script that removes what GraphiQL has left in the browser: releases of before kept documents, variables and
 * their history there, passwords among them. The choice of light or dark stays. A browser may refuse a page its storage.
 */
export const forget = `try {
  for (const key of Object.keys(localStorage))
    if (key.startsWith('graphiql:') && key !== 'graphiql:theme') localStorage.removeItem(key)
} catch {}`

/**
 * The text of a script that declares `storage`, which GraphiQL keeps its tabs and its history in. It lasts as long as the
 * page: a document may hold a password. The choice of light or dark alone goes into the browser's own storage.
 */
export const forgetfulStorage = `const kept = new Map()
const ofBrowser = (key, work) => {
  if (key !== 'graphiql:theme') return null
  try {
    return work(localStorage) ?? null
  } catch {
    return null
  }
}
const storage = {
  getItem: (key) => kept.get(key) ?? ofBrowser(key, (all) => all.getItem(key)),
  setItem: (key, value) => {
    kept.set(key, value)
    ofBrowser(key, (all) => all.setItem(key, value))
  },
  removeItem: (key) => {
    kept.delete(key)
    ofBrowser(key, (all) => all.removeItem(key))
  },
  clear: () => [...kept.keys()].forEach(storage.removeItem),
  get length() {
    return kept.size
  },
}`
