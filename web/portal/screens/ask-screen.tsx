import { useCallback, useEffect, useEffectEvent, useLayoutEffect, useRef, useState, type ReactNode } from 'react';
import { Button } from 'react-aria-components';
import type { Answer, Insurer } from '../answers.ts';
import type { SignedIn } from '../app.tsx';
import { QuestionForm } from '../ask/question-form.tsx';
import { ScanPanel } from '../ask/scan-panel.tsx';
import { checkDraft, emptyDraft, keepDraft, keptDraft, questionOf, questionOfCard, withoutPerson, type Draft, type Faults } from '../ask/form.ts';
import { listenForScanner, readScan } from '../ask/scan.ts';
import { useLanguage } from '../language.tsx';
import { FrozenNotice } from '../parts/frozen-notice.tsx';
import { SignInAgain } from '../parts/sign-in-again.tsx';
import { isFrozen } from '../../shared/problem.ts';
import { Failure } from '../parts/failure.tsx';
import { useWork } from '../../shared/use-work.ts';
import { stepUp } from '../session/passkey.ts';
import { isAtCeiling, wantsTouch } from '../session/session.ts';
import { AnswerView } from './answer-view.tsx';

interface AskScreenProps {
  readonly signedIn: SignedIn;
  /** Whether this screen is the one shown: a hand-held scanner is heard only then. */
  readonly active: boolean;
  readonly onOver: () => void;
  readonly onShow: (screen: 'access' | 'day') => void;
}

/** Insurers by name and number: public, fetched once, not through the session. */
function useInsurers(api: string): readonly Insurer[] {
  const [insurers, setInsurers] = useState<readonly Insurer[]>([]);
  useEffect(() => {
    const stop = new AbortController();
    const load = (): void => {
      fetch(`${api}/v1/insurers`, { signal: stop.signal }).then((response) => response.json()).then((list) => setInsurers(list as Insurer[])).catch(() => { if (!stop.signal.aborted) setTimeout(load, 5000); });
    };
    load();
    return () => stop.abort();
  }, [api]);
  return insurers;
}

function markDecoded(): void {
  performance.clearMarks('rempart:decoded');
  performance.mark('rempart:decoded');
}

// From the decoded text to the painted verdict, where the bench reads it.
function usePaintMeasure(answer: Answer | undefined): void {
  useLayoutEffect(() => {
    if (answer === undefined || performance.getEntriesByName('rempart:decoded').length === 0) return;
    requestAnimationFrame(() => setTimeout(() => {
      if (performance.getEntriesByName('rempart:decoded').length === 0) return;
      performance.measure('rempart:verdict', 'rempart:decoded');
      performance.clearMarks('rempart:decoded');
    }));
  }, [answer]);
}

// The question as it is typed or scanned, and its answer.
function useQuestion({ session, who }: SignedIn, onOver: () => void) {
  const { busy, failure, run, clear } = useWork(onOver);
  const [draft, setDraft] = useState<Draft>(() => keptDraft(who.peerGroup));
  const [answer, setAnswer] = useState<Answer>();
  const [scanNote, setScanNote] = useState<'observed' | 'noCode'>();
  const retry = useRef<{ key: string; of: string }>(undefined);
  usePaintMeasure(answer);
  useEffect(() => keepDraft(draft), [draft]);
  const send = useCallback(async (content: Record<string, unknown>, key: string): Promise<Answer> => {
    const told = await session.call<Answer>('POST', '/v1/checks', { body: { reference: crypto.randomUUID(), ...content }, headers: { 'idempotency-key': key } });
    retry.current = undefined;
    setScanNote(undefined);
    setDraft((was) => withoutPerson(was, who.peerGroup));
    return told;
  }, [session, who.peerGroup]);
  const ask = useCallback((content: Record<string, unknown>): void => run(async () => {
    // The same question sent again after a failure keeps its key: it is asked and counted once.
    const of = JSON.stringify(content);
    if (retry.current?.of !== of) retry.current = { of, key: crypto.randomUUID() };
    setAnswer(await send(content, retry.current.key));
  }), [run, send]);
  const scanned = useCallback((text: string): void => {
    markDecoded();
    const scan = readScan(text);
    setScanNote(scan.kind === 'code' ? undefined : scan.kind === 'none' ? 'noCode' : 'observed');
    setAnswer(undefined);
    if (scan.kind === 'code') ask(questionOfCard(scan.code, draft));
    if (scan.kind === 'observed') setDraft((was) => ({ ...was, insurer: scan.card.amcNumber, person: scan.card.adherentNumber }));
  }, [ask, draft]);
  const next = useCallback((): void => { setAnswer(undefined); clear(); }, [clear]);
  const startOver = (): void => { setDraft(emptyDraft(who.peerGroup)); setScanNote(undefined); clear(); };
  // The guard asked for a touch: given, the same question goes again.
  const touch = (): void => run(async () => {
    await stepUp(session);
    const { current } = retry;
    if (current !== undefined) setAnswer(await send(JSON.parse(current.of) as Record<string, unknown>, current.key));
  });
  return { busy, failure, touch, draft, setDraft, answer, scanNote, ask, scanned, next, startOver, onNothing: (): void => setScanNote('noCode') };
}

/** One screen: scan or type, ask, read the answer. */
export function AskScreen({ signedIn, active, onOver, onShow }: AskScreenProps): ReactNode {
  const { session, who } = signedIn;
  const { t } = useLanguage();
  const insurers = useInsurers(session.config.api);
  const { busy, failure, touch, draft, setDraft, answer, scanNote, ask, scanned, next, startOver, onNothing } = useQuestion(signedIn, onOver);
  const [faults, setFaults] = useState<Faults>({});
  // One listener while fields change: a scan into one of them is heard to its end.
  const heard = useEffectEvent(scanned);
  useEffect(() => (active ? listenForScanner((text) => heard(text)) : undefined), [active]);
  const submit = (): void => {
    const found = checkDraft(draft, insurers);
    setFaults(found);
    markDecoded();
    if (Object.keys(found).length === 0) ask(questionOf(draft));
  };
  // A fault that was shown goes as soon as its field is right.
  const change = (changed: Draft): void => {
    setDraft(changed);
    const left = checkDraft(changed, insurers);
    setFaults((was) => Object.fromEntries(Object.entries(left).filter(([field]) => field in was)));
  };
  const clearAll = (): void => { startOver(); setFaults({}); };
  if (answer !== undefined) return <AnswerView answer={answer} active={active} onNext={next} />;
  const rule = insurers.find((insurer) => insurer.amcNumber === draft.insurer);
  return (
    <section aria-busy={busy}>
      <h1>{t('askTitle')}</h1>
      {who.passkeys === 0 && <p className="notice">{t('passkeyFirst')} <Button className="quiet" onPress={() => onShow('access')}>{t('passkeyCreate')}</Button></p>}
      <Failure cause={failure} />
      {wantsTouch(failure) && who.passkeys === 0 && <SignInAgain config={session.config} />}
      {wantsTouch(failure) && who.passkeys > 0 && <p><Button className="big primary" isDisabled={busy} onPress={touch}>{t('confirmTouch')}</Button></p>}
      {isAtCeiling(failure) && <p className="notice">{t('atCeiling')} <Button className="quiet" onPress={() => onShow('day')}>{t('day')}</Button></p>}
      {isFrozen(failure) && <FrozenNotice session={session} onOver={onOver} />}
      {failure !== undefined && rule !== undefined && !wantsTouch(failure) && <InsurerRule insurer={rule} />}
      <div className="columns">
        <ScanPanel busy={busy} note={scanNote} focus={active} onText={scanned} onNothing={onNothing} />
        <QuestionForm draft={draft} insurers={insurers} faults={faults} peerGroup={who.peerGroup} busy={busy} onChange={change} onSubmit={submit} onClear={clearAll} />
      </div>
      <p role="status">{busy ? t('working') : ''}</p>
    </section>
  );
}

// When we cannot answer: what this insurer allows with the printed card, and how to reach it.
function InsurerRule({ insurer }: { readonly insurer: Insurer }): ReactNode {
  const { both } = useLanguage();
  return <p className="notice"><strong>{insurer.name}</strong> {both(insurer.rule)} {both(insurer.channel)}</p>;
}
