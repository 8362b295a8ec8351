import { Resvg } from '@resvg/resvg-js'
import { FONT_FAMILY, fontFiles } from './report-fonts.ts'

/** PNG of a picture in SVG, as large as it says of itself; with the program's own typeface alone. */
export function pictureOf(svg: string): Uint8Array {
  return new Uint8Array(new Resvg(svg, { font: { fontFiles: Object.values(fontFiles()), loadSystemFonts: false, defaultFontFamily: FONT_FAMILY } }).render().asPng())
}
