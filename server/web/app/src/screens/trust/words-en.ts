import type { vi } from './words-vi.ts'

type Widened<T> = { readonly [K in keyof T]: T[K] extends (...given: infer A) => string ? (...given: A) => string : T[K] extends readonly string[] ? readonly string[] : string }
export const en: Widened<typeof vi> = {
  title: 'Open the secure pages',
  why: 'A phone gives its microphone and position to secure pages only. Once for each phone, some two minutes.',
  secureAlready: 'This page is secure already. There is nothing to do.',
  noSecure: 'This station has no secure address yet. Ask an administrator.',
  scan: 'On the phone: join the same Wi-Fi as the station, then scan this.',
  scanLabel: (address) => `Code of ${address}`,
  orType: 'Or type the address:',
  here: 'Steps on the phone',
  android: 'On Android',
  iphone: 'iPhone or iPad',
  take: 'Download the certificate',
  compare: (name) => `Name of the certificate: ${name}. Before you install it, compare these figures with those on the station’s own screen. Stop if they differ.`,
  only: 'It is good for the station’s machine in its private network only. It opens no other page.',
  openSecure: 'Open the secure page',
  androidSteps: [
    'Press “Download the certificate” below.',
    'Open the phone’s Settings and look for “CA certificate” (often Security → More security settings → Install a certificate).',
    'Press “Install anyway” and choose tieng-lang.crt among the downloads.',
    'Come back here and press “Open the secure page”.',
  ],
  iphoneSteps: [
    'Open this page in Safari, press “Download the certificate” below, then “Allow”.',
    'Open Settings, press “Profile Downloaded”, then “Install”.',
    'Go to Settings → General → About → Certificate Trust Settings, and switch the station’s name on.',
    'Come back here and press “Open the secure page”.',
  ],
}
