import { useState, type FormEvent, type ReactNode } from 'react';
import { Button, Input, Label, Text, TextField } from 'react-aria-components';
import { useWork } from '../../shared/use-work.ts';
import { useLanguage } from '../language.tsx';
import { Failure } from '../parts/failure.tsx';
import { DeskSession, enrolByCode, nameOfCode, type Officer } from '../session/session.ts';

interface SignInScreenProps {
  /** A session was there and ended. */
  readonly over: boolean;
  readonly onOpened: (opened: { session: DeskSession; officer: Officer }) => void;
}

/** One touch; or, once, a one-time code that makes the passkey. */
export function SignInScreen({ over, onOpened }: SignInScreenProps): ReactNode {
  const { t } = useLanguage();
  const work = useWork();
  const [coding, setCoding] = useState(false);
  const [code, setCode] = useState('');
  const [other, setOther] = useState('');
  const [enrolled, setEnrolled] = useState('');
  const enter = (): void => work.run(async () => onOpened(await DeskSession.open()));
  const enrol = (event: FormEvent): void => {
    event.preventDefault();
    work.run(async () => {
      const typed = `${code} ${other}`.trim().toUpperCase();
      const name = await nameOfCode(typed);
      await enrolByCode(typed, name);
      setEnrolled(name);
      setCoding(false);
    });
  };
  return (
    <section className="narrow" aria-busy={work.busy}>
      <h1>{t(over ? 'overTitle' : 'signInTitle')}</h1>
      <p>{t(over ? 'overText' : 'signInWhy')}</p>
      <Failure cause={work.failure} />
      <p role="status">{enrolled === '' ? '' : t('enrolled', { name: enrolled })}</p>
      <p><Button className="big primary" isDisabled={work.busy} onPress={enter}>{t('signIn')}</Button></p>
      {coding ? (
        <form className="panel" onSubmit={enrol}>
          <TextField value={code} onChange={setCode} isRequired autoComplete="off">
            <Label>{t('code')}</Label><Text slot="description">{t('codeHelp')}</Text><Input />
          </TextField>
          <TextField value={other} onChange={setOther} autoComplete="off">
            <Label>{t('codeOther')}</Label><Text slot="description">{t('codeOtherHelp')}</Text><Input />
          </TextField>
          <p className="row"><Button type="submit" className="primary" isDisabled={work.busy}>{t('codeUse')}</Button></p>
        </form>
      ) : <Button className="quiet" onPress={() => setCoding(true)}>{t('haveCode')}</Button>}
    </section>
  );
}
