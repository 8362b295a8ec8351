import { mount } from 'svelte'
import App from './App.svelte'
import { isPractice } from './screens/practice/here.ts'
import { speakAsBefore } from './lib/words.svelte.ts'
import { keepPages } from './service-worker-registration.ts'
import './look.css'

const target = document.getElementById('app')
if (!target) throw new Error('the page has no place for the app')
await speakAsBefore()
mount(App, { target })
// a practice station is gone tomorrow: nothing of it is kept on a phone
if (!isPractice) keepPages()
