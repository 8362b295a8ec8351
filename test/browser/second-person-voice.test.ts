import t from 'tap'
import type { EmergencyView } from '../../server/features/emergencies/messages.ts'
import { spokenFile } from '../support/spoken.ts'
import { button, looks, until } from './live-parts.ts'
import { cannot, enter, launch, pagesWorld, PHONE, picture, visit } from './world.ts'

t.setTimeout(240_000)

t.test('a live voice waits for the second person with an open microphone, and begins by itself when they agree', { skip: cannot, timeout: 230_000 }, async (t) => {
  const world = await pagesWorld(t)
  await world.ask('POST /areas', { code: '24961', name: 'Xã Hiệp Thạnh', kind: 'commune', parent: '68' })
  await world.enrol('Cụm 1 · Nhà văn hóa', '24958-dong')
  await world.enrol('Cụm 2 · Chợ', '24961')
  await world.ask('PUT /emergency-settings', { secondPerson: true })
  const voice = spokenFile(t)
  const browser = await launch(t, [`--use-file-for-fake-audio-capture=${voice.path}`])
  const invite = async (name: string): Promise<string> => ((await world.ask('POST /people', { name, grants: [{ role: 'announcer', areas: ['24958', '24961'] }] })).body as { link: { url: string } }).link.url
  const [ha, binh] = [await visit(browser, PHONE), await visit(browser, PHONE)]
  await enter(ha.page, await invite('Lò Thị Hà'))
  await enter(binh.page, await invite('Lê Văn Bình'))
  const all = async (): Promise<EmergencyView[]> => (await world.ask('GET /emergencies?which=all')).body as EmergencyView[]

  await ha.page.goto(`${world.url}/phat-truc-tiep/khan-cap`)
  await ha.page.getByLabel('Diễn tập (có phát loa)').check()
  await ha.page.getByLabel('Xã Đức Trọng').check()
  await ha.page.getByLabel('Xã Hiệp Thạnh').check()
  await ha.page.getByText('Sẽ phát tới 2 cụm loa thuộc 2 xã').waitFor()
  await button(ha.page, /GIỮ 1,5 GIÂY/).focus()
  await ha.page.keyboard.down('Enter')
  await ha.page.getByText('Loa CHƯA phát.').waitFor()
  await ha.page.keyboard.up('Enter')
  await ha.page.getByText('Giữ trang này mở').waitFor()
  t.same(await looks(ha.page), [])
  await picture(ha.page, 'voice-waiting')
  t.same(await all(), [])
  await binh.page.getByRole('link', { name: 'Xem để đồng ý, hoặc không' }).click()
  await binh.page.getByText('Lò Thị Hà nói trực tiếp vào điện thoại.').waitFor()
  await button(binh.page, /ĐỒNG Ý/).first().focus()
  await binh.page.keyboard.down('Enter')
  await ha.page.getByText('TÍN HIỆU BÁO ĐỘNG – CHỜ').waitFor({ timeout: 30_000 })
  await binh.page.keyboard.up('Enter')
  await binh.page.waitForURL(/\/khan-cap\/[0-9a-z]{10}$/)
  t.ok(await until(async () => (await all())[0]?.voice?.open === true, 20_000), 'it is spoken into')
  await picture(ha.page, 'voice-tone')
  await ha.page.getByText('ĐANG LÊN SÓNG', { exact: true }).waitFor({ timeout: 30_000 })
  await button(ha.page, 'Kết thúc').click()
  await ha.page.getByText('Đã kết thúc').waitFor({ timeout: 40_000 })
  t.match(await all(), [{ drill: true, second: { name: 'Lê Văn Bình' }, voice: { ended: { code: 'spoken' } } }])
  t.same([...ha.wrong, ...binh.wrong], [])
})
