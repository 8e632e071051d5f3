export { createSignals } from './start-signals.ts';
export { ssfConfiguration, type SignalsParts } from './server.ts';
