export { createNotifyStore } from './store.ts'
export { createNotifier, type Notifier, type NotifierDeps } from './notifier.ts'
export { createPost, type Post, type PostDeps } from './post.ts'
export { morningCheck, type MorningDeps, type NotReady } from './morning.ts'
