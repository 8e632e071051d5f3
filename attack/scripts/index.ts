import type { AttackScript } from '../script.ts';
import { CARDS } from './cards.ts';
import { GUESSING } from './guessing.ts';
import { COLLUSION, LISTS, SLOW } from './lists.ts';

/** The attacks on stolen sessions that are rehearsed, each with its device: the worst theft there is. */
export const SCRIPTS: readonly AttackScript[] = [...GUESSING, ...LISTS, ...CARDS, ...SLOW, ...COLLUSION];
