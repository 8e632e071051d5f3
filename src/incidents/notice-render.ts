import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../ground/index.ts';
import { noticeText, type NoticeProfile, type NoticeStyle, type NoticeText } from './notice.ts';
import { lintNotice } from './notice-lint.ts';
import type { OpenedPack } from './pack-reader.ts';
import { renderPdf } from './typst.ts';

/** One letter as a PDF. @throws AppError `bad-input` with every fault when the letter is not what article 34 demands */
export function renderNotice(text: NoticeText): Buffer {
  const faults = lintNotice(text);
  if (faults.length > 0) {
    throw new AppError({ code: 'bad-input', detail: faults[0]?.rule ?? '', publicText: { fr: 'Cette lettre ne peut pas partir telle quelle.', en: 'This letter cannot go out as it is.' },
      faults: faults.map(({ rule, where, message }) => ({ field: where, rule, message, remedy: { fr: 'Corrigez le profil de l’assureur ou le texte.', en: 'Correct the insurer’s profile or the text.' } })) });
  }
  return renderPdf('notice', text);
}

/**
 * The insurer's letters from its own pack, one PDF a person, in `folder`, under the person's reference.
 * @returns how many were written, and references whose identity the register no longer held: ask the operator
 */
export async function renderNotices(pack: OpenedPack, options: { readonly profile: NoticeProfile; readonly style: NoticeStyle; readonly folder: string; readonly limit?: number; readonly onProgress?: (done: number, of: number) => void }): Promise<{ readonly written: number; readonly withoutIdentity: readonly string[] }> {
  const { profile, style, folder, limit = Infinity, onProgress } = options;
  const withoutIdentity: string[] = [];
  let written = 0;
  for await (const person of pack.persons()) {
    if (written >= limit) break;
    if (person.identity === null) {
      withoutIdentity.push(person.reference);
      continue;
    }
    writeFileSync(join(folder, `${person.reference}-${style}.pdf`), renderNotice(noticeText({ person, about: pack.about, profile, style, on: new Date() })), { mode: 0o600 });
    written += 1;
    onProgress?.(written, pack.about.counts.persons);
  }
  return { written, withoutIdentity };
}
