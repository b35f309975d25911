/**
 * All that the pages do with JavaScript, which they do without as well: times in the zone of the viewer, with UTC as their
 * title, and one box that selects every row.
 */
export const script = `'use strict'
{
  const format = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })
  const hour = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' })
  for (const time of document.querySelectorAll('time.hour')) {
    time.textContent = hour.format(new Date(time.dateTime))
  }
  for (const time of document.querySelectorAll('time:not(.ago, .hour)')) {
    time.title = time.textContent
    time.textContent = format.format(new Date(time.dateTime))
  }
  for (const time of document.querySelectorAll('time.ago')) {
    time.title = format.format(new Date(time.dateTime))
  }
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  for (const line of document.querySelectorAll('[data-zone]')) {
    line.textContent = line.dataset.zone + (zone ? ', ' + zone : '') + '.'
  }
  for (const all of document.querySelectorAll('input[data-all]')) {
    const boxes = [...all.form.elements].filter((box) => box.name === all.dataset.all)
    all.closest('label').hidden = boxes.length === 0
    all.addEventListener('change', () => {
      for (const box of boxes) box.checked = all.checked
    })
  }
}
`
