export { createApi } from './start-api.ts';
