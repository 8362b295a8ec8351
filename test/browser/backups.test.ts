import t from 'tap'
import { button, looks } from './live-parts.ts'
import { cannot, enter, launch, pagesWorld, PHONE, picture, visit } from './world.ts'

t.setTimeout(120_000)

t.test('an administrator sees the copies of the station, makes one, hears when it cannot be made, and sees the keys that they hold', { skip: cannot, timeout: 110_000 }, async (t) => {
  const world = await pagesWorld(t)
  const { page, context, wrong } = await visit(await launch(t), PHONE)
  await enter(page, world.firstLink, 'Nguyễn Văn An')
  await page.goto(`${world.url}/quan-tri`)
  await page.getByRole('link', { name: /Sao lưu/ }).click()
  await page.getByText('Chưa có bản nào.').waitFor()
  await page.getByText('cùng ổ đĩa với đài').waitFor()
  t.same(await looks(page), [])
  await picture(page, 'none')

  await context.setOffline(true)
  await button(page, 'Sao lưu ngay').click()
  await page.getByRole('alert').first().waitFor()
  await picture(page, 'offline')
  t.same(((await world.ask('GET /backups')).body as { copies: unknown[] }).copies, [], 'nothing was made without a link')
  await context.setOffline(false)

  await button(page, 'Sao lưu ngay').click()
  await page.getByText(/cỡ [\d,]+ [kM]B/).waitFor()
  await page.getByText('Dựng lại đài từ một bản').click()
  await page.getByText(/npm run backup -- restore \d{4}-/).waitFor()
  t.same(await looks(page), [])
  await picture(page, 'made')

  await page.goto(`${world.url}/quan-tri/khoa`)
  const { claim } = (await world.ask('POST /clusters/claims', { name: 'Cụm thử' })).body as { claim: string }
  await page.getByText(claim.split('.')[1] ?? '?', { exact: true }).waitFor()
  await page.getByText(/Ký lịch và lệnh phát.*có hạn đến \d\d\/\d\d\/\d{4}/).waitFor()
  t.same(await looks(page), [])
  await picture(page, 'keys')
  t.same(wrong, [])
})
