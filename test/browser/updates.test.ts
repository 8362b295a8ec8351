import t from 'tap'
import { axe, cannot, cramped, DESK, enter, launch, pagesWorld, PHONE, picture, visit } from './world.ts'

t.setTimeout(120_000)

t.test('the technician finds the page of updates, is told of a wrong file, and sees what there is without a link', { skip: cannot, timeout: 110_000 }, async (t) => {
  const world = await pagesWorld(t)
  await world.enrol('Cụm 1 · Chợ', '24958-dong')
  const browser = await launch(t)
  for (const [name, look] of [['phone', PHONE], ['desk', DESK]] as const) {
    const { page, context, wrong } = await visit(browser, look)
    await enter(page, await world.invite(`Trần Văn ${name}`, 'technician'))
    await page.goto(`${world.url}/cum-loa`)
    await page.getByRole('link', { name: 'Cập nhật' }).click()
    await page.getByRole('heading', { name: 'Cập nhật phần mềm cụm loa' }).waitFor()
    await page.getByText('Chưa có bản cập nhật nào', { exact: false }).waitFor()
    await page.getByText('Chưa cập nhật lần nào.').waitFor()
    await picture(page, `updates-${name}`)
    t.same([...await axe(page), ...await cramped(page)], [], name)
    await page.getByLabel('Đưa bản cập nhật vào đài').setInputFiles({ name: 'x.release', mimeType: 'application/octet-stream', buffer: Buffer.from('this is no release') })
    await page.getByRole('alert').waitFor()
    await picture(page, `updates-${name}-wrong`)
    t.same([...await axe(page), ...await cramped(page)], [], `${name}, a wrong file`)
    await context.setOffline(true)
    await page.getByLabel('Đưa bản cập nhật vào đài').setInputFiles({ name: 'y.release', mimeType: 'application/octet-stream', buffer: Buffer.from('nor is this') })
    await page.getByText('việc này chưa được thực hiện', { exact: false }).waitFor()
    await context.setOffline(false)
    t.same(wrong, [], 'no error in the browser')
    await context.close()
  }
})
