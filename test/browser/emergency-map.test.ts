import t from 'tap'
import { button, looks } from './live-parts.ts'
import { cannot, enter, launch, pagesWorld, PHONE, picture, visit } from './world.ts'

t.setTimeout(150_000)

t.test('an announcer points at places on the map, and the list and the reach follow', { skip: cannot, timeout: 140_000 }, async (t) => {
  const world = await pagesWorld(t)
  await world.ask('POST /areas', { code: '24961', name: 'Xã Hiệp Thạnh', kind: 'commune', parent: '68' })
  for (const [name, area, lat, lon] of [['Cụm chợ', '24958-dong', 11.74, 108.37], ['Cụm cầu', '24961', 11.79, 108.42]] as const) {
    const { cluster } = await world.enrol(name, area)
    t.equal((await world.ask(`PATCH /clusters/${cluster}`, { lat, lon })).status, 200)
  }
  const { page, wrong } = await visit(await launch(t), PHONE)
  const invited = await world.ask('POST /people', { name: 'Lò Thị Trực', grants: [{ role: 'announcer', areas: ['24958', '24961'] }] })
  await enter(page, (invited.body as { link: { url: string } }).link.url)
  await page.goto(`${world.url}/khan-cap`)
  await page.getByText('Chọn trên bản đồ').click()
  await button(page, 'Cụm chợ: không phát').click()
  await button(page, 'Cụm chợ: sẽ phát').waitFor()
  t.ok(await page.getByLabel('Xã Đức Trọng').isChecked(), 'the whole commune is chosen in the list')
  await page.getByText('Sẽ phát tới 1 cụm loa').waitFor()
  await button(page, 'Cụm cầu: không phát').focus()
  await page.keyboard.press('Enter')
  await page.getByText('Sẽ phát tới 2 cụm loa thuộc 2 xã').waitFor()
  t.same(await looks(page), [])
  await picture(page, 'two')
  await button(page, 'Cụm chợ: sẽ phát').click()
  await page.getByText('Sẽ phát tới 1 cụm loa').waitFor()
  t.notOk(await page.getByLabel('Xã Đức Trọng').isChecked())
  await page.getByLabel('Xã Hiệp Thạnh').uncheck()
  await button(page, 'Cụm cầu: không phát').waitFor()
  t.same(wrong, [])
})
