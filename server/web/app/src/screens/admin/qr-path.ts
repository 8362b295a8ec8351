/** The dark squares of a code as one path of an SVG, a unit each, row by row. */
export const qrPath = (squares: readonly (readonly boolean[])[]): string =>
  squares.map((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : '')).join('')).join('')
