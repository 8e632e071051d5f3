/** Works a list off with so many hands at once; the first fault ends it, once what is in hand has ended. */
export async function withHands<T>(hands: number, things: readonly T[], work: (thing: T) => Promise<void>): Promise<void> {
  const left = [...things];
  const hand = async (): Promise<void> => {
    try {
      for (let thing = left.shift(); thing !== undefined; thing = left.shift()) await work(thing);
    } catch (cause) {
      left.length = 0;
      throw cause;
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: hands }, hand));
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
}
