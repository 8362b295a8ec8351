/** Draws lines over the ones drawn before where the output is a terminal; elsewhere prints them when they say something new. */
export function createTerminal(out: NodeJS.WriteStream, quietMs = 5_000): { draw(lines: readonly string[]): void } {
  let drawn = 0
  let last = ''
  let printedAt = 0
  return {
    draw: (lines) => {
      if (out.isTTY) {
        const width = out.columns
        const fitting = lines.map((line) => ([...line].length > width ? `${[...line].slice(0, width - 1).join('')}…` : line))
        out.write(`${drawn > 0 ? `\x1b[${drawn}A` : ''}${fitting.map((line) => `\x1b[2K${line}`).join('\n')}\n`)
        drawn = lines.length
        return
      }
      // the first line is the time of day
      const text = lines.slice(1).join('\n')
      if (text === last || performance.now() - printedAt < quietMs) return
      last = text
      printedAt = performance.now()
      out.write(`${lines.join('\n')}\n\n`)
    },
  }
}
