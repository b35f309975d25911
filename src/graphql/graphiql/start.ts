import { forgetfulStorage } from './storage.ts'

/**
 * What the page runs, as the text of a script: it shows GraphiQL with these tabs once each of its editors is there. A click
 * on "run" before that would do nothing, so until then the page says that it loads; or that a file of it did not come.
 * GraphiQL gives an editor its key map after it has given it to the button, in an effect of the same rendering.
 * `isForStaff`: the page is loaded anew after a sign-out, which shows the sign-in, and nothing of what staff have typed.
 */
export function startWith(tabs: readonly string[], isForStaff: boolean): string {
  const defaultTabs = tabs.map((query) => ({ query }))
  const options = JSON.stringify({
    title: 'Coatcheck',
    defaultTabs,
    showPersistHeadersSettings: false,
  })
  return `{
${forgetfulStorage}
const leave = ${isForStaff} ? (answer) => answer.data?.logout && location.reload() : () => {}
${requests}
const root = document.querySelector('#root')
const loading = document.querySelector('#loading')
root.style.visibility = 'hidden'
loading.hidden = false
const isReady = (place) =>
  root.querySelector(place + ' .CodeMirror')?.CodeMirror.getOption('keyMap') === 'sublime'
function showOnceReady() {
  if (!isReady('.graphiql-query-editor') || !isReady('.result-window')) {
    requestAnimationFrame(showOnceReady)
    return
  }
  makeAccessible()
  loading.remove()
  root.style.visibility = ''
}
// A finger moves the row of tabs, and no tab out of it. GraphiQL drags a tab until the browser takes the finger for a scroll:
// in those few pixels it may put the tab elsewhere, and lose those that it has not measured yet.
root.addEventListener(
  'pointerdown',
  (event) => {
    if (event.pointerType === 'touch' && event.target.closest('.graphiql-tab')) event.stopPropagation()
  },
  true,
)
function makeAccessible() {
  for (const element of root.querySelectorAll('.CodeMirror')) {
    const screenReaderLabel = element.closest('[aria-label]')?.getAttribute('aria-label') ?? ''
    element.CodeMirror.setOption('screenReaderLabel', screenReaderLabel)
    element.CodeMirror.getScrollerElement().tabIndex = 0
    // What is longer than its editor is wide goes on in the next line: on a phone nearly all is.
    element.CodeMirror.setOption('lineWrapping', true)
    // The key leads on, as anywhere: an editor that indents by it holds fast who has a keyboard alone.
    element.CodeMirror.addKeyMap({ Tab: false, 'Shift-Tab': false })
  }
  nameParts()
  const attributeFilter = ['class', 'role', 'aria-selected']
  new MutationObserver(nameParts).observe(root, { childList: true, characterData: true, subtree: true, attributeFilter })
}
// GraphiQL puts buttons into each tab, where a screen reader finds none. As a group of buttons they are what they say.
function nameParts() {
  for (const [place, role] of roles) {
    for (const element of root.querySelectorAll(place)) {
      if (element.role !== role) element.role = role
      if (element.ariaSelected !== null) element.ariaSelected = null
    }
  }
  for (const button of root.querySelectorAll('.graphiql-tab-button')) {
    const current = button.closest('.graphiql-tab-active') ? 'true' : null
    if (button.ariaCurrent !== current) button.ariaCurrent = current
    if (current && (button !== shown.button || button.textContent !== shown.name)) showTab(button)
    name(button.nextElementSibling, 'Close ' + button.textContent)
  }
  for (const button of root.querySelectorAll('.graphiql-history-item-label'))
    name(button, 'Set active: ' + button.textContent)
  // The explorer writes the name of each argument beside its field.
  for (const field of root.querySelectorAll('.graphiql-plugin :is(input, select):not([placeholder])')) {
    const beside = field.closest('[data-arg-name]')?.dataset.argName
    name(field, beside ?? 'Kind of the new operation')
  }
}
// On a phone the tabs are one line, longer than the window. The open tab comes into sight when it is opened, when the name of
// its operation makes it longer, and when the window gets narrower; a finger may move the row on.
const shown = { button: null, name: null }
function showTab(button) {
  if (!button) return
  Object.assign(shown, { button, name: button.textContent })
  const tab = button.parentElement
  const row = tab.parentElement
  // Not scrollIntoView, which goes by where the tab stands within its animation.
  const start = tab.offsetLeft - row.firstElementChild.offsetLeft
  const least = start + tab.offsetWidth + 48 - row.clientWidth // 8 pixels before the first tab, 40 where the row fades
  row.scrollLeft = Math.min(start, Math.max(row.scrollLeft, least))
}
let width = innerWidth
addEventListener('resize', () => {
  if (innerWidth < width) showTab(shown.button)
  width = innerWidth
})
function name(element, label) {
  if (element && element.ariaLabel !== label) element.ariaLabel = label
}
const roles = Object.entries({
  '.graphiql-tabs': 'group',
  '.graphiql-tab': 'presentation',
  '#graphiql-session': 'region',
})
document.addEventListener('DOMContentLoaded', () => {
  if (typeof YogaGraphiQL === 'undefined' || typeof coatcheckSchema === 'undefined') {
    loading.textContent = 'GraphiQL did not load. Load this page again.'
    return
  }
  // A link may bring a document. None is written into the address: it may hold a password.
  const query = new URLSearchParams(location.search).get('query') ?? undefined
  history.pushState = () => undefined
  // Yoga warns of a document that it is given without a listener to its changes, though the editor keeps them.
  const onEditQuery = () => undefined
  YogaGraphiQL.renderYogaGraphiQL(root, { ...${options}, query, onEditQuery, storage, schema: coatcheckSchema, fetcher })
  showOnceReady()
})
}`
}

/**
 * Sends what the editor holds to the address of the page, as it stands: what is wrong with a document the server says. The
 * fetcher of Yoga's page reads the document first, and shows a stack of JavaScript where it cannot.
 */
const requests = `const fetcher = async ({ operationName, ...params }, { headers } = {}) => {
  // GraphiQL learns the name of a tab's operation a moment after the tab was opened: until then it sends that of another.
  const hasIt = new RegExp('\\\\b(query|mutation|subscription)\\\\s+' + operationName + '\\\\b').test(params.query)
  const named = hasIt ? { ...params, operationName } : params
  const stopping = new AbortController()
  const accept = 'application/graphql-response+json, application/json;q=0.9, text/event-stream;q=0.8'
  try {
    const answer = await fetch(location.pathname, {
      method: 'POST',
      headers: { accept, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(named),
      signal: stopping.signal,
    })
    const type = answer.headers.get('content-type') ?? ''
    if (!type.startsWith('text/event-stream')) {
      const result = await answer.json()
      leave(result)
      return result
    }
    const events = results(answer.body)
    const stop = () => {
      stopping.abort()
      return events.return()
    }
    return { [Symbol.asyncIterator]: () => ({ next: () => events.next(), return: stop }) }
  } catch {
    return { errors: [{ message: 'The server did not answer.' }] }
  }
}
async function* results(body) {
  let text = ''
  try {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader()
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      const events = (text + read.value).split('\\n\\n')
      text = events.pop()
      for (const event of events) {
        const data = /^data: ?(.+)$/m.exec(event)
        if (data && /^event: ?next$/m.test(event)) yield JSON.parse(data[1])
      }
    }
  } catch {
    // The visitor stopped it, or the connection broke: what came stays on the page.
  }
}`
