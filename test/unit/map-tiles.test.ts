import t from 'tap'
import { tileOrigin } from '../../server/core/map-tiles.ts'

t.test('an address of pictures names one host of its own over https, or this very machine', async (t) => {
  t.equal(tileOrigin('https://tile.example.vn/{z}/{x}/{y}.png'), 'https://tile.example.vn')
  t.equal(tileOrigin('https://ban-do.example.vn:8443/a/{z}/{y}/{x}?key=1'), 'https://ban-do.example.vn:8443')
  t.equal(tileOrigin('https://example.vn/?z={z}&x={x}&y={y}'), 'https://example.vn')
  t.equal(tileOrigin('HTTPS://Tile.Example.vn/{z}/{x}/{y}'), 'https://tile.example.vn')
  t.equal(tileOrigin('http://127.0.0.1:8080/{z}/{x}/{y}.png'), 'http://127.0.0.1:8080')
  t.equal(tileOrigin('http://localhost/{z}/{x}/{y}.png'), 'http://localhost')
})

t.test('what would open the pages to more than that is refused', async (t) => {
  const wrong = [
    '', 'tile.example.vn/{z}/{x}/{y}', 'http://tile.example.vn/{z}/{x}/{y}', 'https://tile.example.vn/{z}/{x}.png', 'https://{s}.example.vn/{z}/{x}/{y}', 'https://{z}.example.vn/{z}/{x}/{y}', 'https://tile.example.vn/{z}/{x}/{y}{r}.png',
    'https://ai:mat@example.vn/{z}/{x}/{y}', 'https://*/{z}/{x}/{y}', 'https://*.example.vn/{z}/{x}/{y}', 'https://a.vn;script-src/{z}/{x}/{y}', 'https://a.vn,b.vn/{z}/{x}/{y}', "https://'unsafe-inline'/{z}/{x}/{y}",
    'https://10.0.0.1/{z}/{x}/{y}', 'https://[::1]/{z}/{x}/{y}', 'http://[::1]/{z}/{x}/{y}', 'https://a.vn https://b.vn/{z}/{x}/{y}', 'data:image/png,{z}{x}{y}', 'javascript:{z}{x}{y}', 'https:/{z}/{x}/{y}', 'https://router/{z}/{x}/{y}',
  ]
  for (const address of wrong) t.equal(tileOrigin(address), null, address)
})
