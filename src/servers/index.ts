// Each server has a door of its own (`servers/api/index.ts`), so that a process loads no other's code; this one opens all.
export * from './api/index.ts';
export * from './auth/index.ts';
export * from './desk/index.ts';
export * from './log/index.ts';
export * from './notice-check/index.ts';
export * from './pages/index.ts';
export * from './portal/index.ts';
export * from './signals/index.ts';
export { generatedFiles } from './generated.ts';
