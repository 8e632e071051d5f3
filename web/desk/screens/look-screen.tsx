import { useState, type FormEvent, type ReactNode } from 'react';
import { Button, Input, Label, Text, TextArea, TextField } from 'react-aria-components';
import { DOMAIN_WORDS } from '../../shared/answer-words.ts';
import { useWork } from '../../shared/use-work.ts';
import { entryWords } from '../entry-words.ts';
import { useLanguage } from '../language.tsx';
import { Failure } from '../parts/failure.tsx';
import type { Look } from '../shapes.ts';
import type { DeskProps } from '../use-desk.ts';

/** Looks at one professional's or one person's entries: journalled, with who and why, before anything is shown. */
export function LookScreen({ session, onOver }: DeskProps): ReactNode {
  const { t } = useLanguage();
  const work = useWork(onOver);
  const [whom, setWhom] = useState('');
  const [reason, setReason] = useState('');
  const [look, setLook] = useState<Look>();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const about = whom.trim().toLowerCase();
    setLook(undefined);
    work.run(async () => setLook(await session.call<Look>('POST', '/desk/v1/looks', { body: { ...(/^\d+$/.test(about) ? { rpps: about } : { person: about }), reason } })));
  };
  return (
    <section aria-busy={work.busy}>
      <h1>{t('look')}</h1>
      <p>{t('lookWhy')}</p>
      <Failure cause={work.failure} />
      <form className="panel narrow left" onSubmit={submit}>
        <TextField value={whom} onChange={setWhom} isRequired autoComplete="off"><Label>{t('whom')}</Label><Text slot="description">{t('whomHelp')}</Text><Input /></TextField>
        <TextField value={reason} onChange={setReason} isRequired autoComplete="off"><Label>{t('reason')}</Label><Text slot="description">{t('reasonHelp')}</Text><TextArea rows={2} maxLength={300} /></TextField>
        <p className="row"><Button type="submit" className="primary" isDisabled={work.busy}>{t('lookNow')}</Button></p>
      </form>
      {look !== undefined && (look.known ? <Entries look={look} /> : <p className="notice" role="status">{t('lookUnknown', { entry: look.entry })}</p>)}
    </section>
  );
}

function Entries({ look }: { readonly look: Look }): ReactNode {
  const { t, both, moment } = useLanguage();
  const domain = (id: string): string => both(DOMAIN_WORDS[id] ?? { fr: id, en: id });
  // What was no question asked nothing of the register.
  const told = ({ disclosed, purpose }: Look['entries'][number]): string => (disclosed ? t('disclosed') : purpose === 'ask' ? t('askedOnly') : '–');
  return (
    <>
      <h2>{t('lookEntries', { n: look.entries.length, entry: look.entry })}</h2>
      {look.entries.length > 0 && (
        <div className="scroll" role="region" aria-label={t('lookEntries', { n: look.entries.length, entry: look.entry })} tabIndex={0}>
          <table>
            <thead><tr><th scope="col">{t('entry')}</th><th scope="col">{t('when')}</th><th scope="col">{t('what')}</th><th scope="col">{t('told')}</th><th scope="col">{t('insurer')}</th><th scope="col">{t('place')}</th></tr></thead>
            <tbody>{look.entries.map((each) => <tr key={each.entry}><td className="number">{each.entry}</td><td>{moment(each.at)}</td><td>{both(entryWords(each))}{each.domain === null ? '' : ` · ${domain(each.domain)}`}</td><td>{told(each)}</td><td>{each.insurer ?? '–'}</td><td>{each.establishment ?? '–'}</td></tr>)}</tbody>
          </table>
        </div>
      )}
    </>
  );
}
