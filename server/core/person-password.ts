import { nameKey, plainKey } from './person-name.ts'
import type { Refusal } from './refusal.ts'

/** Stores passwords so that a stolen database does not tell them. */
export interface Passwords {
  /** A text that `verify` understands, parameters and salt included. */
  hash(password: string): Promise<string>
  /** Takes as long for a wrong password as for a right one. `stored` null = nobody's: takes as long and answers false. */
  verify(stored: string | null, password: string): Promise<boolean>
  /** Was it stored with weaker parameters than those of today? */
  isStale(stored: string): boolean
  /** True while so many wait that one more would keep the others waiting too long. */
  busy(): boolean
}

export const MIN_PASSWORD = 8
/** Longer ones would only cost time. */
export const MAX_PASSWORD = 200

/** What is tried first everywhere, here and elsewhere, without its digits and case. */
const COMMON = ['matkhau', 'password', 'passw0rd', 'p@ssw0rd', 'p@ssword', 'admin', 'administrator', 'qwerty', 'qwertyuiop', 'abcd', 'asdfghjkl', 'iloveyou', 'anhyeuem', 'emyeuanh', 'vietnam', 'tienglang', 'truyenthanh', 'daitruyenthanh', 'loaphuong', 'quantri', 'welcome', 'zxcvbnm']

const weak = (en: string, vi: string): Refusal => ({ status: 422, code: 'weak-password', field: '/password', en, vi })
const TOO_SHORT = weak(`The password needs at least ${MIN_PASSWORD} characters: three words of your own are easy to remember.`, `Mật khẩu cần ít nhất ${MIN_PASSWORD} ký tự: ba từ của riêng bạn là dễ nhớ.`)
const TOO_COMMON = weak('This password is among those that are tried first: choose three words that belong together only for you.', 'Mật khẩu này quá dễ đoán: hãy chọn ba từ chỉ riêng bạn nhớ.')
const OWN_NAME = weak('The password must not be your name or your telephone number: choose three words of your own.', 'Mật khẩu không được là tên hay số điện thoại của bạn: hãy chọn ba từ của riêng bạn.')

/** Composed and in one width, so that it is the same from every keyboard. */
export const passwordText = (password: string): string => password.normalize('NFKC')

const isRun = (text: string): boolean => {
  const steps = new Set([...text].slice(1).map((c, i) => (c.codePointAt(0) ?? 0) - (text.codePointAt(i) ?? 0)))
  return steps.size === 1 && Math.abs([...steps][0] ?? 9) <= 1
}
const letters = (text: string): string => plainKey(text).replace(/[^\p{L}\p{N}@]/gu, '')

/** Why a password will not do for somebody; null = it will. */
export function passwordRefusal(password: string, owner: { readonly name: string; readonly phone: string | null }): Refusal | null {
  const text = passwordText(password)
  if ([...text].length < MIN_PASSWORD) return TOO_SHORT
  const bare = letters(text)
  const stem = bare.replace(/\d+$/, '').replace(/^\d+/, '')
  if (new Set(bare).size < 4 || isRun(bare) || /^(\d{2,4})\1+$/.test(bare) || COMMON.includes(stem) || COMMON.includes(bare)) return TOO_COMMON
  const digits = bare.replace(/\D/g, '')
  const ownNumber = owner.phone !== null && bare === digits && digits.endsWith(owner.phone.slice(3))
  const ownName = [nameKey(owner.name), plainKey(owner.name)].map(letters).includes(stem)
  return ownNumber || ownName ? OWN_NAME : null
}
