import { writeFile } from 'node:fs/promises'
import { AlignmentType, BorderStyle, Document, Footer, Header, Packer, PageNumber, Paragraph, Table, TableCell, TableRow, TextRun, UnderlineType, VerticalAlign, WidthType } from 'docx'
import type { Paper, PaperTable } from '../core/report-paper.ts'

/** The typeface that Decree 30/2020 names; every office has it. */
const FONT = 'Times New Roman'
const PER_MM = 56.7
const NO_LINE = { style: BorderStyle.NONE, size: 0, color: 'auto' } as const
const NO_BORDERS = { top: NO_LINE, bottom: NO_LINE, left: NO_LINE, right: NO_LINE, insideHorizontal: NO_LINE, insideVertical: NO_LINE }
/** Twentieths of a point: A4 without its margins. */
const TEXT_WIDTH = Math.round((210 - 30 - 15) * PER_MM)

interface Look {
  readonly bold?: boolean
  readonly italics?: boolean
  readonly underlined?: boolean
  /** Half points. */
  readonly size?: number
}
const run = (text: string, { bold, italics, underlined, size = 26 }: Look = {}): TextRun =>
  new TextRun({ text, font: FONT, size, ...(bold ? { bold } : {}), ...(italics ? { italics } : {}), ...(underlined ? { underline: { type: UnderlineType.SINGLE } } : {}) })
const centred = (text: string, look: Look = {}, after = 0): Paragraph => new Paragraph({ alignment: AlignmentType.CENTER, spacing: { after }, children: [run(text, look)] })

/** Writes the paper as DOCX, for those who go on writing it. */
export async function writeDocx(paper: Paper, path: string): Promise<void> {
  const margin = { top: 20 * PER_MM, bottom: 20 * PER_MM, left: 30 * PER_MM, right: 15 * PER_MM, header: 10 * PER_MM }
  const document = new Document({
    title: `${paper.title}: ${paper.subject}`, creator: paper.issuer,
    sections: [{
      properties: { page: { size: { width: 210 * PER_MM, height: 297 * PER_MM }, margin }, titlePage: true },
      headers: { first: new Header({ children: [new Paragraph('')] }), default: new Header({ children: [new Paragraph({ alignment: AlignmentType.CENTER, children: [new TextRun({ children: [PageNumber.CURRENT], font: FONT, size: 26 })] })] }) },
      footers: { default: new Footer({ children: [new Paragraph('')] }) },
      children: [
        headOf(paper),
        centred('', {}, 60), centred(paper.title, { bold: true, size: 28 }), centred(paper.subject, { bold: true, size: 28 }), centred(paper.party ? '-----' : '_________', {}, 160),
        paragraph(paper.opening),
        ...paper.tables.flatMap((table) => [new Paragraph({ keepNext: true, spacing: { before: 200, after: 80 }, children: [run(table.title, { bold: true })] }), table.rows.length === 0 ? paragraph(table.nothing) : tableOf(table)]),
        new Paragraph(''), paragraph(paper.closing), new Paragraph(''), footOf(paper),
      ],
    }],
  })
  await writeFile(path, await Packer.toBuffer(document), { flag: 'wx', mode: 0o600 })
}

const paragraph = (text: string): Paragraph => new Paragraph({ alignment: AlignmentType.JUSTIFIED, indent: { firstLine: 567 }, spacing: { after: 120 }, children: [run(text)] })

function cell(children: readonly Paragraph[], width: number): TableCell {
  return new TableCell({ width: { size: width, type: WidthType.DXA }, borders: { top: NO_LINE, bottom: NO_LINE, left: NO_LINE, right: NO_LINE }, children: [...children] })
}

function headOf(paper: Paper): Table {
  const [own, state] = [Math.round(TEXT_WIDTH * 0.42), Math.round(TEXT_WIDTH * 0.58)]
  const issuer = [
    ...(paper.superior === null ? [] : [centred(paper.superior, { size: 24 })]),
    centred(paper.issuer, { bold: true, size: 24 }),
    centred(paper.party ? '*' : '_______', { size: 24 }), centred(paper.number),
  ]
  const motto = paper.motto.map((text, n) => centred(text, { bold: true, size: n === 0 && !paper.party ? 24 : 26, underlined: n === paper.motto.length - 1 }))
  return new Table({
    width: { size: TEXT_WIDTH, type: WidthType.DXA }, columnWidths: [own, state], borders: NO_BORDERS,
    rows: [new TableRow({ children: [cell(issuer, own), cell([...motto, centred('', {}), centred(paper.placeAndDate, { italics: true })], state)] })],
  })
}

function tableOf({ columns, rows }: PaperTable): Table {
  const all = columns.reduce((sum, column) => sum + column.weight, 0)
  const widths = columns.map(({ weight }) => Math.round((weight / all) * TEXT_WIDTH))
  const rowOf = (texts: readonly string[], head: boolean): TableRow =>
    new TableRow({
      tableHeader: head, cantSplit: true,
      children: texts.map((text, i) => new TableCell({
        width: { size: widths[i] ?? 0, type: WidthType.DXA }, verticalAlign: VerticalAlign.CENTER, margins: { left: 60, right: 60, top: 20, bottom: 20 },
        children: [new Paragraph({ alignment: head ? AlignmentType.CENTER : columns[i]?.align === 'right' ? AlignmentType.RIGHT : AlignmentType.LEFT, children: [run(text, { size: 22, bold: head })] })],
      })),
    })
  return new Table({ width: { size: TEXT_WIDTH, type: WidthType.DXA }, columnWidths: widths, rows: [rowOf(columns.map(({ head }) => head), true), ...rows.map((row) => rowOf(row, false))] })
}

function footOf(paper: Paper): Table {
  const half = Math.round(TEXT_WIDTH / 2)
  const small = (text: string, look: Look = {}): Paragraph => new Paragraph({ children: [run(text, { size: 22, ...look })] })
  const recipients = paper.recipients.length === 0 ? [small('')] : [small('Nơi nhận:', { bold: true, italics: true, size: 24 }), ...paper.recipients.map((one) => small(`- ${one};`))]
  const signature = [...paper.signature.map((text) => centred(text, { bold: true })), ...Array.from({ length: 4 }, () => centred('')), centred(paper.signer ?? '', { bold: true })]
  return new Table({
    width: { size: TEXT_WIDTH, type: WidthType.DXA }, columnWidths: [half, half], borders: NO_BORDERS,
    rows: [new TableRow({ cantSplit: true, children: [cell(recipients, half), cell(signature, half)] })],
  })
}
