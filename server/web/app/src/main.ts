import { mount } from 'svelte'
import App from './App.svelte'
import { keepPages } from './service-worker-registration.ts'
import './look.css'

const target = document.getElementById('app')
if (!target) throw new Error('the page has no place for the app')
mount(App, { target })
keepPages()
