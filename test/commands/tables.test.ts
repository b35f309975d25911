import { describe, expect, test } from 'vitest'
import { layOut } from '../../src/commands/terminal/table.ts'
import { padded, shortened, visible, widthOf, wrapped } from '../../src/commands/terminal/text.ts'

const columns = [
  { title: 'ID' },
  { title: 'NAME', least: 6 },
  { title: 'AT', goes: 1 },
  { title: 'FROM', least: 9, goes: 2 },
]
const cells = [
  ['0123456789abcdef', 'a name of thirty letters is it', '2026-11-26', '203.0.113.77/32'],
]

describe('columns', () => {
  test('each column of a table has the width of its longest cell where there is room, and for a program', () => {
    expect(layOut(columns, cells, Infinity)).toEqual([16, 30, 10, 15])
    expect(layOut(columns, cells, 77)).toEqual([16, 30, 10, 15])
  })

  test('columns of a table that may be narrower share what is missing', () => {
    expect(layOut(columns, cells, 60)).toEqual([16, 13, 10, 15])
    const widths = layOut(columns, cells, 47)
    expect(widths).toEqual([16, 6, 10, 9])
    expect(widths.reduce((sum, width) => sum + width, 6)).toBe(47)
  })

  test('columns of a table are left out in their order where they cannot be narrower', () => {
    expect(layOut(columns, cells, 46)[2]).toBe(0)
    expect(layOut(columns, cells, 30)).toEqual([16, 12, 0, 0])
  })

  test('the widest columns of a table are cut where the rest of them still have no room', () => {
    expect(layOut(columns, cells, 20)).toEqual([12, 6, 0, 0])
    expect(layOut(columns, cells, 12)).toEqual([5, 5, 0, 0])
    expect(layOut(columns, cells, 3)).toEqual([2, 2, 0, 0])
  })

  test('a table without rows is as wide as its titles', () => {
    expect(layOut(columns, [], 80)).toEqual([2, 4, 2, 4])
  })
})

describe('text', () => {
  test('the width of a text counts what a terminal shows: wide letters twice, marks and joined signs not', () => {
    expect(['ada', '日本', 'e\u0301', '👩‍👩‍👧', ''].map(widthOf)).toEqual([3, 4, 1, 2, 0])
  })

  test('a text is cut between letters, and never wider than its column', () => {
    expect(shortened('countess', 5)).toBe('coun…')
    expect(shortened('日本語の名前', 6)).toBe('日本…')
    expect(shortened('ae\u0301ae\u0301', 3)).toBe('ae\u0301…')
    expect(shortened('ada', 3)).toBe('ada')
    expect(padded('日本', 6)).toBe('日本  ')
  })

  test(
    'a table shows characters that could steer a terminal as harmless signs',
    { tags: ['K23'] },
    () => {
      for (const text of ['\u001b[2J', '\u009b31m', '\u202eabc', 'a\rb', '\u0007', '\ud800'])
        expect(visible(text)).not.toMatch(/\p{C}/u)
      expect(visible('Ada 日本')).toBe('Ada 日本')
    },
  )

  test('a text is broken at its spaces, and within a word that is wider than a line', () => {
    expect(wrapped('one two three', 7)).toEqual(['one two', 'three'])
    expect(wrapped('a breakable one', 4)).toEqual(['a', 'brea', 'kabl', 'e', 'one'])
    expect(wrapped('日本語', 5)).toEqual(['日本', '語'])
  })
})
