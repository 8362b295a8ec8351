import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import type { Page } from 'playwright-core'
import { fromBase64Url } from '../../shared/protocol/wire.ts'
import { hasty, startBox } from '../support/box.ts'
import { enrolAt } from '../support/live-server.ts'
import { levels, readRecording } from '../support/recording.ts'
import { axe, cannot, cramped, enter, launch, pagesWorld, PHONE, picture, visit } from './world.ts'

t.setTimeout(400_000)

interface Node { readonly code: string; readonly name: string; readonly inForce: boolean; readonly children: Node[] }

async function whole(page: Page, name: string): Promise<void> {
  await page.waitForSelector('p.quiet[role=status]:text-matches("^(Đang tải|Loading)")', { state: 'detached' })
  await picture(page, name)
  t.same([...await axe(page), ...await cramped(page)], [], name)
}
const onward = (page: Page): Promise<void> => page.getByRole('link', { name: /^Tiếp/ }).click()

t.test('the first administrator names the station, sets hours, invites, brings a cluster in, has a programme read, and hears the loudspeaker', { skip: cannot, timeout: 380_000 }, async (t) => {
  const world = await pagesWorld(t)
  const browser = await launch(t)
  const { page, wrong } = await visit(browser, PHONE)
  await enter(page, world.firstLink, 'Nguyễn Văn An')
  await page.goto(`${world.url}/bat-dau`)

  await page.getByLabel('Tên đài').fill('Đài truyền thanh xã Hiệp Thạnh')
  await page.getByLabel('Tên xã').fill('Xã Hiệp Thạnh')
  await page.getByLabel('Mã xã').fill('24985')
  await whole(page, 'begin-phone-1')
  await page.getByRole('button', { name: 'Lưu tên đài và địa bàn' }).click()
  await page.getByText('Đã lưu.').waitFor()
  const [province] = ((await world.ask('GET /areas')).body as Node[]).filter(({ inForce }) => inForce)
  const standing = (node: Node | undefined): string[] => (node ? [`${node.code} ${node.name}`, ...node.children.filter(({ inForce }) => inForce).flatMap(standing)] : [])
  t.same(standing(province), ['68 Tỉnh thử', '24985 Xã Hiệp Thạnh', '24985-dong Thôn Đông'])

  await onward(page)
  await page.getByLabel('Ban ngày, 05:00 đến 21:00').check()
  await page.getByRole('button', { name: 'Áp dụng' }).click()
  await page.getByText('Đã lưu.').waitFor()
  await whole(page, 'begin-phone-2')
  // whatever the hour is at which this is tried
  t.equal((await world.ask('PUT /policies/mac-dinh', { windows: ['00:00-24:00'], quiet: [], warn: [] })).status, 200)

  await onward(page)
  await page.getByLabel('Họ và tên').fill('Lò Thị Mai')
  await page.getByRole('checkbox', { name: 'Xã Hiệp Thạnh' }).check()
  await page.getByRole('button', { name: 'Tạo đường dẫn mời' }).click()
  await page.getByRole('heading', { name: 'Đường dẫn cho Lò Thị Mai' }).waitFor()
  await whole(page, 'begin-phone-3')

  await onward(page)
  await page.getByLabel('Tên cụm loa').fill('Nhà văn hoá Thôn Đông')
  t.equal(await page.getByLabel('Địa bàn').inputValue(), '24985', 'the only commune, until somebody chooses otherwise')
  await page.getByLabel('Địa bàn').selectOption('24985-dong')
  await page.getByRole('button', { name: 'Tạo mã đăng ký' }).click()
  const letters = (await page.locator('.letters').textContent({ timeout: 20_000 })) ?? ''
  await whole(page, 'begin-phone-4')
  const folder = mkdtempSync(join(tmpdir(), 'tl-box-'))
  const identity = await enrolAt(world.url, letters.replaceAll(' - ', '-'), join(folder, 'disk'))
  const root = fromBase64Url(identity.root)
  if (!root) return t.fail('no root key')
  const box = await startBox({ url: identity.mqttUrl, cluster: identity.cluster, password: identity.password, root, random: hasty, folder })
  t.teardown(() => box.stop(true))
  await page.getByText('Nhà văn hoá Thôn Đông đã kết nối.').waitFor({ timeout: 60_000 })

  await onward(page)
  await page.getByRole('button', { name: 'Nghe thử' }).click()
  await page.locator('audio').waitFor({ timeout: 60_000 })
  await page.getByRole('button', { name: 'Lưu và duyệt' }).click()
  await page.getByRole('button', { name: 'Cho người tạo tự duyệt' }).click({ timeout: 60_000 })
  await page.getByText('Đã lưu và duyệt “Lời chào của đài”.').waitFor({ timeout: 60_000 })
  await whole(page, 'begin-phone-5')

  await onward(page)
  await page.getByRole('button', { name: 'Phát chương trình đầu tiên' }).click()
  await page.getByText(/Nhà văn hoá Thôn Đông đang kêu|Loa đã kêu ở Nhà văn hoá/).waitFor({ timeout: 60_000 })
  await whole(page, 'begin-phone-6')
  await page.getByText('Loa đã kêu ở Nhà văn hoá Thôn Đông').waitFor({ timeout: 120_000 })
  const { pcm } = readRecording(box.wav)
  t.ok(Math.max(-120, ...levels(pcm)) > -35, 'it was in the WAV')
  await whole(page, 'begin-phone-done')

  await page.getByRole('link', { name: 'Xong. Về trang trực ban' }).click()
  await page.getByRole('heading', { name: 'Trực ban' }).waitFor()
  t.same(wrong, [], 'no error in the browser')
})
