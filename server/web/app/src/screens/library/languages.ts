/** Languages that stations speak, most speakers first; what else is spoken has a code of its own as well. */
export const LANGUAGE_NAMES: Readonly<Record<string, { readonly vi: string; readonly en: string }>> = {
  vi: { vi: 'tiếng Việt', en: 'Vietnamese' },
  tyz: { vi: 'tiếng Tày', en: 'Tày' },
  blt: { vi: 'tiếng Thái (đen)', en: 'Tai Dam' },
  twh: { vi: 'tiếng Thái (trắng)', en: 'Tai Dón' },
  mtq: { vi: 'tiếng Mường', en: 'Mường' },
  hmn: { vi: 'tiếng Hmông', en: 'Hmông' },
  km: { vi: 'tiếng Khmer', en: 'Khmer' },
  nut: { vi: 'tiếng Nùng', en: 'Nùng' },
  ium: { vi: 'tiếng Dao', en: 'Dao' },
  jra: { vi: 'tiếng Gia Rai', en: 'Gia Rai' },
  rad: { vi: 'tiếng Ê Đê', en: 'Ê Đê' },
  bdq: { vi: 'tiếng Ba Na', en: 'Ba Na' },
  sed: { vi: 'tiếng Xơ Đăng', en: 'Xơ Đăng' },
  kpm: { vi: 'tiếng Cơ Ho', en: 'Cơ Ho' },
  cmo: { vi: 'tiếng Mnông', en: 'Mnông' },
  cjm: { vi: 'tiếng Chăm', en: 'Chăm' },
  zh: { vi: 'tiếng Hoa', en: 'Chinese' },
  mul: { vi: 'nhiều thứ tiếng', en: 'several languages' },
}
export const LANGUAGES: readonly string[] = Object.keys(LANGUAGE_NAMES)
