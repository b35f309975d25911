/**
 * The text of a script that declares `storage`, which GraphiQL keeps its tabs and its history in. It lasts as long as the
 * page: a document may hold a password. The choice of light or dark alone goes into the browser's own storage, under a name
 * of ours, for another program's GraphiQL may have the same origin, and its own choice. A browser may refuse a page its storage.
 */
export const forgetfulStorage = `const kept = new Map()
const ofBrowser = (key, work) => {
  if (key !== 'graphiql:theme') return null
  try {
    return work(localStorage, 'coatcheck:' + key) ?? null
  } catch {
    return null
  }
}
const storage = {
  getItem: (key) => kept.get(key) ?? ofBrowser(key, (all, name) => all.getItem(name)),
  setItem: (key, value) => {
    kept.set(key, value)
    ofBrowser(key, (all, name) => all.setItem(name, value))
  },
  removeItem: (key) => {
    kept.delete(key)
    ofBrowser(key, (all, name) => all.removeItem(name))
  },
  clear: () => [...kept.keys()].forEach(storage.removeItem),
  get length() {
    return kept.size
  },
}`
