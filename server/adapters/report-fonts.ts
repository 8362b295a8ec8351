import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const folder = (): string => dirname(createRequire(import.meta.url).resolve('@expo-google-fonts/be-vietnam-pro/package.json'))
const face = (name: string): string => join(folder(), name, `BeVietnamPro_${name}.ttf`)

/** Files of a typeface that has every Vietnamese letter; it comes with the program, so that paper and pictures look the same everywhere. */
export const fontFiles = () => ({ plain: face('400Regular'), italic: face('400Regular_Italic'), semi: face('600SemiBold'), bold: face('700Bold') })
export const FONT_FAMILY = 'Be Vietnam Pro'
