import { useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { Button } from 'react-aria-components';
import type { Answer, ReckonedLine } from '../answers.ts';
import { useLanguage } from '../language.tsx';
import { DOMAIN_WORDS } from '../../shared/answer-words.ts';

const SHAPE = { yes: 'M8 26 20 38 42 12', no: 'M12 12 38 38M38 12 12 38', undetermined: 'M15 17c0-6 4-9 10-9s10 3 10 9c0 8-10 8-10 16M25 41v1' } as const;

interface AnswerViewProps {
  readonly answer: Answer;
  /** Whether it is what is looked at: hidden, it takes no key. */
  readonly active: boolean;
  readonly onNext: () => void;
}

/** The answer, readable from two metres: word, colour and shape. Nothing in it names the person. */
export function AnswerView({ answer, active, onNext }: AnswerViewProps): ReactNode {
  const { t, both, euros, date, moment } = useLanguage();
  const heading = useRef<HTMLHeadingElement>(null);
  const [copied, setCopied] = useState(false);
  const number = answer.guarantee?.number;
  useEffect(() => {
    if (!active) return;
    heading.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [answer, active]);
  const copy = (): void => { if (number !== undefined) void navigator.clipboard.writeText(number).then(() => setCopied(true), () => undefined); };
  // Single keys act where the answer has the focus and nowhere else: they cannot be switched off (WCAG 2.1.4).
  const listen = (event: KeyboardEvent): void => {
    if (!active || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key.toLowerCase() === 'c') copy();
    if (event.key.toLowerCase() === 'n') {
      // The key must not be typed into the field that gets the focus.
      event.preventDefault();
      onNext();
    }
  };
  const totals = answer.reckoning?.totals;
  return (
    <article className={`answer ${answer.verdict}`} aria-live="polite" tabIndex={-1} onKeyDown={listen}>
      <h1 ref={heading} tabIndex={-1} className="verdict">
        <svg viewBox="0 0 50 50" aria-hidden="true"><path d={SHAPE[answer.verdict]} /></svg>
        {t(answer.verdict)}
      </h1>
      <p className="lead">{both(answer.reason?.text ?? { fr: '', en: '' }) || t('yesText')}</p>
      <dl>
        {totals !== undefined && <><dt>{t('paysNow')}</dt><dd className="figure">{euros(totals.patientCounterCents)}</dd></>}
        {answer.rule !== undefined && <><dt>{t('paysRule')}</dt><dd>{both(answer.rule)}</dd></>}
        {answer.reason !== undefined && <><dt>{t('whatToDo')}</dt><dd>{both(answer.reason.remedy)}</dd></>}
        {answer.guarantee !== undefined && <><dt>{t('guarantee')}</dt><dd><span className="figure number">{answer.guarantee.number}</span> <Button onPress={copy}>{t(copied ? 'copied' : 'copy')}</Button></dd>
          <dt>{t('holdsUntil')}</dt><dd>{date(answer.guarantee.expiresOn)}</dd></>}
        <dt>{t('domain')}</dt><dd>{both(DOMAIN_WORDS[answer.domain] ?? { fr: answer.domain, en: answer.domain })}, {date(answer.careDate)}</dd>
      </dl>
      {answer.authorizationRequired && <p className="notice">{t('authorization')} {both(answer.channel ?? { fr: '', en: '' })}</p>}
      {answer.guarantee !== undefined && <p className="small">{both(answer.guarantee.terms)}</p>}
      {answer.reckoning !== undefined && <Lines lines={answer.reckoning.lines} />}
      <p className="small">{t('entry', { entry: answer.entry, at: moment(answer.answeredAt) })}</p>
      <p className="row no-print"><Button className="big primary" onPress={onNext}>{t('next')}</Button><Button onPress={() => window.print()}>{t('print')}</Button></p>
      <p role="status" className="visually-hidden">{copied ? t('copied') : ''}</p>
    </article>
  );
}

function Lines({ lines }: { readonly lines: readonly ReckonedLine[] }): ReactNode {
  const { t, both, euros } = useLanguage();
  return (
    <details open>
      <summary>{t('details')}</summary>
      <div className="scroll" role="region" aria-label={t('details')} tabIndex={0}>
        <table>
          <thead><tr><th scope="col">{t('lineCode')}</th><th scope="col">{t('price')}</th><th scope="col">{t('amo')}</th><th scope="col">{t('amc')}</th><th scope="col">{t('patient')}</th></tr></thead>
          <tbody>{lines.map((line, i) => <tr key={`${line.code}${i}`}><td>{line.code}</td><td>{euros(line.priceCents)}</td><td>{euros(line.amoGrossCents)}</td><td>{euros(line.amcCents)}</td><td>{euros(line.patientCounterCents)}</td></tr>)}</tbody>
        </table>
      </div>
      {lines.map((line, i) => <p key={`${line.code}${i}`} className="small">{both(line.sentence)} {line.notes.map((note) => both(note)).join(' ')}</p>)}
    </details>
  );
}
