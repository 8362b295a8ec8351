import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import PDFDocument from 'pdfkit'
import type { Paper, PaperTable } from '../core/report-paper.ts'
import { fontFiles } from './report-fonts.ts'

type Doc = InstanceType<typeof PDFDocument>

/** Points; margins of Decree 30/2020: 20 mm above and below, 30 mm left, 15 mm right. */
const MM = 72 / 25.4
const MARGINS = { top: 20 * MM, bottom: 20 * MM, left: 30 * MM, right: 15 * MM }
const SIZE = { body: 11, small: 9.5, head: 10.5 }
const PAD = 3.5

const left = MARGINS.left
const widthOf = (doc: Doc): number => doc.page.width - MARGINS.left - MARGINS.right
const bottomOf = (doc: Doc): number => doc.page.height - MARGINS.bottom

/** Writes the paper as PDF, A4. */
export async function writePdf(paper: Paper, path: string): Promise<void> {
  const doc = new PDFDocument({ size: 'A4', margins: MARGINS, bufferPages: true, autoFirstPage: true, info: { Title: `${paper.title}: ${paper.subject}`, Author: paper.issuer }, lang: 'vi' })
  const out = doc.pipe(createWriteStream(path, { flags: 'wx', mode: 0o600 }))
  for (const [name, file] of Object.entries(fontFiles())) doc.registerFont(name, file)
  drawHead(doc, paper)
  doc.font('plain').fontSize(SIZE.body).text(paper.opening, left, doc.y, { width: widthOf(doc), align: 'justify', indent: 28, lineGap: 2 })
  for (const table of paper.tables) drawTable(doc, table)
  room(doc, 40)
  doc.moveDown(0.8).font('plain').fontSize(SIZE.body).text(paper.closing, left, doc.y, { width: widthOf(doc), align: 'justify', indent: 28, lineGap: 2 })
  drawFoot(doc, paper)
  numberPages(doc)
  doc.end()
  await finished(out)
}

function centred(doc: Doc, text: string, { x, y, width }: { x: number; y: number; width: number }): number {
  doc.text(text, x, y, { width, align: 'center', lineGap: 1 })
  return doc.y
}
function line(doc: Doc, { x, y, length }: { x: number; y: number; length: number }): void {
  doc.moveTo(x - length / 2, y).lineTo(x + length / 2, y).lineWidth(0.7).strokeColor('black').stroke()
}

function drawHead(doc: Doc, paper: Paper): void {
  const width = widthOf(doc)
  const [own, state] = [{ x: left, width: width * 0.42 }, { x: left + width * 0.43, width: width * 0.57 }]
  const top = MARGINS.top
  let y = top
  if (paper.superior !== null) y = centred(doc.font('plain').fontSize(SIZE.head), paper.superior, { ...own, y })
  y = centred(doc.font('bold').fontSize(SIZE.head), paper.issuer, { ...own, y })
  if (paper.party) y = centred(doc.font('plain').fontSize(SIZE.head), '*', { ...own, y })
  else line(doc, { x: own.x + own.width / 2, y: y + 2, length: own.width / 3 })
  const ownEnd = centred(doc.font('plain').fontSize(SIZE.body), paper.number, { ...own, y: y + 8 })
  let right = top
  for (const [n, text] of paper.motto.entries()) {
    doc.font('bold').fontSize(n === 0 && !paper.party ? SIZE.head : SIZE.head + 0.8)
    right = centred(doc, text, { ...state, y: right })
    if (n === paper.motto.length - 1) line(doc, { x: state.x + state.width / 2, y: right + 2, length: doc.widthOfString(text) })
  }
  const dateEnd = centred(doc.font('italic').fontSize(SIZE.body), paper.placeAndDate, { ...state, y: right + 10 })
  y = Math.max(ownEnd, dateEnd) + 16
  y = centred(doc.font('bold').fontSize(14), paper.title, { x: left, y, width })
  y = centred(doc.font('bold').fontSize(12), paper.subject, { x: left, y: y + 1, width })
  if (paper.party) y = centred(doc.font('plain').fontSize(SIZE.body), '-----', { x: left, y, width })
  else line(doc, { x: left + width / 2, y: y + 3, length: width / 5 })
  doc.y = y + 14
  doc.x = left
}

/** Begins a new page where less than `points` are left. */
function room(doc: Doc, points: number): void {
  if (doc.y + points > bottomOf(doc)) doc.addPage()
}

function drawTable(doc: Doc, table: PaperTable): void {
  const all = table.columns.reduce((sum, column) => sum + column.weight, 0)
  const widths = table.columns.map(({ weight }) => (weight / all) * widthOf(doc))
  const heightOf = (texts: readonly string[], font: string): number => {
    doc.font(font).fontSize(SIZE.small)
    return Math.max(...texts.map((text, i) => doc.heightOfString(text, { width: (widths[i] ?? 0) - 2 * PAD }))) + 2 * PAD
  }
  const drawRow = (texts: readonly string[], { font, head, height }: { font: string; head: boolean; height: number }): void => {
    const { y } = doc
    let x = left
    texts.forEach((text, i) => {
      const width = widths[i] ?? 0
      if (head) doc.rect(x, y, width, height).fill('#eeeeee')
      doc.rect(x, y, width, height).lineWidth(0.5).strokeColor('#444444').stroke()
      doc.fillColor('black').font(font).fontSize(SIZE.small)
      doc.text(text, x + PAD, y + PAD, { width: width - 2 * PAD, align: head ? 'center' : (table.columns[i]?.align ?? 'left') })
      x += width
    })
    doc.x = left
    doc.y = y + height
  }
  const heads = table.columns.map(({ head }) => head)
  const headHeight = heightOf(heads, 'semi')
  // a title never stands alone at the foot of a page
  room(doc, 26 + headHeight + 22)
  doc.moveDown(0.8).font('bold').fontSize(SIZE.body).text(table.title, left, doc.y, { width: widthOf(doc) })
  doc.moveDown(0.25)
  if (table.rows.length === 0) return void doc.font('italic').fontSize(SIZE.small).text(table.nothing, left, doc.y)
  drawRow(heads, { font: 'semi', head: true, height: headHeight })
  for (const row of table.rows) {
    const height = heightOf(row, 'plain')
    if (doc.y + height > bottomOf(doc)) {
      doc.addPage()
      drawRow(heads, { font: 'semi', head: true, height: headHeight })
    }
    drawRow(row, { font: 'plain', head: false, height })
  }
}

function drawFoot(doc: Doc, paper: Paper): void {
  const width = widthOf(doc)
  room(doc, 130)
  doc.moveDown(1)
  const top = doc.y
  if (paper.recipients.length > 0) {
    doc.font('semi').fontSize(SIZE.small).text('Nơi nhận:', left, top, { width: width * 0.45 })
    for (const one of paper.recipients) doc.font('plain').fontSize(SIZE.small).text(`- ${one}`, { width: width * 0.45 })
  }
  const sign = { x: left + width * 0.48, width: width * 0.52 }
  let y = top
  for (const text of paper.signature) y = centred(doc.font('bold').fontSize(SIZE.body), text, { ...sign, y })
  if (paper.signer !== null) y = centred(doc.font('bold').fontSize(SIZE.body), paper.signer, { ...sign, y: y + 56 })
  doc.y = y
}

function numberPages(doc: Doc): void {
  const { count } = doc.bufferedPageRange()
  // the first page of an administrative paper has no number
  for (let n = 1; n < count; n++) {
    doc.switchToPage(n)
    // above the margin: with the margin in force the library would begin a new page
    doc.page.margins.top = 0
    doc.font('plain').fontSize(SIZE.body).text(String(n + 1), left, 10 * MM, { width: widthOf(doc), align: 'center', lineBreak: false })
  }
}
