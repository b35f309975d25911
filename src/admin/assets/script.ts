/**
 * All that the pages do with JavaScript, which they do without as well: times in the zone of the viewer, with UTC as their
 * title, and fields of times in that zone, which are sent in UTC; one box that picks every row, and how many are picked.
 */
export const script = `'use strict'
{
  const format = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })
  const hour = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' })
  for (const time of document.querySelectorAll('time.hour')) {
    time.textContent = hour.format(new Date(time.dateTime))
  }
  const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', timeZone: 'UTC' })
  for (const time of document.querySelectorAll('time.day')) {
    time.textContent = day.format(new Date(time.dateTime)) + ' UTC'
  }
  for (const time of document.querySelectorAll('time:not(.ago, .hour, .day)')) {
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
  const sameIn = (text, at) =>
    text === '' || Number.isNaN(at.getTime()) ? '' : at.toISOString().slice(0, text.length)
  const toYours = (utc) => {
    const at = new Date(utc + 'Z')
    return sameIn(utc, new Date(at.getTime() - at.getTimezoneOffset() * 60_000))
  }
  for (const zone of document.querySelectorAll('[data-yours]')) zone.textContent = 'your time'
  for (const field of document.querySelectorAll('input[data-utc]')) {
    field.value = toYours(field.defaultValue)
    field.form.addEventListener('formdata', ({ formData }) => {
      formData.set(field.name, sameIn(field.value, new Date(field.value)))
    })
  }
  for (const all of document.querySelectorAll('input[data-all]')) {
    const boxes = [...all.form.elements].filter((box) => box.name === all.dataset.all)
    all.closest('label').hidden = boxes.length === 0
    all.addEventListener('change', () => {
      for (const box of boxes) box.checked = all.checked
    })
    const picked = all.form.querySelector('output[data-picked]')
    const count = () => {
      const sum = boxes.filter((box) => box.checked).length
      all.checked = sum > 0 && sum === boxes.length
      all.indeterminate = sum > 0 && sum < boxes.length
      picked.textContent = sum === 0 ? '' : sum + ' picked'
    }
    all.form.addEventListener('change', count)
    addEventListener('pageshow', count) // who goes back finds the boxes as they were
  }
}
`
