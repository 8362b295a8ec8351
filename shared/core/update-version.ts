/** `1.10.2` is newer than `1.9.9`; what stands behind the numbers (`-rc.1`) makes it older than the plain one. */
export function compareVersions(a: string, b: string): number {
  const parts = (version: string): { readonly numbers: number[]; readonly rest: string } => {
    const [numbers = '', ...rest] = version.split('-')
    return { numbers: numbers.split('.').map((part) => Number.parseInt(part, 10) || 0), rest: rest.join('-') }
  }
  const [x, y] = [parts(a), parts(b)]
  for (let n = 0; n < Math.max(x.numbers.length, y.numbers.length); n++) {
    const difference = (x.numbers[n] ?? 0) - (y.numbers[n] ?? 0)
    if (difference !== 0) return difference
  }
  if (x.rest === y.rest) return 0
  if (x.rest === '' || y.rest === '') return x.rest === '' ? 1 : -1
  return x.rest < y.rest ? -1 : 1
}
