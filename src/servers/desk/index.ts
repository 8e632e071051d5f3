export { Clerk, type ClerkOptions } from './clerk.ts';
export { playRehearsedAttack, type Rehearsal } from './rehearsed-attack.ts';
export { createDesk } from './start-desk.ts';
export { publishDesk } from './publish.ts';
