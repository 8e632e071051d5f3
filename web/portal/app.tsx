import { useCallback, useEffect, useRef, useState, type ReactNode } from 'react';
import { Button } from 'react-aria-components';
import type { PortalConfig } from './config.ts';
import { useLanguage } from './language.tsx';
import { AccessScreen } from './screens/access-screen.tsx';
import { AskScreen } from './screens/ask-screen.tsx';
import { DayScreen } from './screens/day-screen.tsx';
import { SignInScreen } from './screens/sign-in-screen.tsx';
import { comeBack, resumeByPasskey, type Who } from './session/sign-in.ts';
import type { Session } from './session/session.ts';

/** A session with who it is. `turn` changes with the person, so that nothing of one is shown to the next. */
export interface SignedIn {
  readonly session: Session;
  readonly who: Who;
  readonly turn: number;
}

const SCREENS = ['ask', 'day', 'access'] as const;
type Screen = (typeof SCREENS)[number];
const KEPT_SCREEN = 'rempart-screen';
const KEPT_OPEN = 'rempart-open';

// Back from Pro Santé Connect; else, after a reload, one touch. Declining it leaves the two buttons.
async function arrive(config: PortalConfig): Promise<{ session: Session; who: Who } | undefined> {
  const back = await comeBack(config);
  if (back !== undefined || sessionStorage.getItem(KEPT_OPEN) === null) return back;
  sessionStorage.removeItem(KEPT_OPEN);
  return resumeByPasskey(config).catch(() => undefined);
}

function keptScreen(): Screen {
  const kept = sessionStorage.getItem(KEPT_SCREEN);
  return SCREENS.find((screen) => screen === kept) ?? 'ask';
}

/** The whole portal: who is asking, always on screen; one screen at a time. */
export function App({ config }: { readonly config: PortalConfig }): ReactNode {
  const { t } = useLanguage();
  const [signedIn, setSignedIn] = useState<SignedIn>();
  const [over, setOver] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const [arriving, setArriving] = useState(true);
  const [screen, setScreen] = useState<Screen>(keptScreen);
  const main = useRef<HTMLElement>(null);
  const returned = useRef(false);

  useEffect(() => {
    if (returned.current) return;
    returned.current = true;
    arrive(config).then((back) => { if (back !== undefined) setSignedIn({ ...back, turn: 1 }); }, (cause: unknown) => setFailure(cause)).finally(() => setArriving(false));
  }, [config]);

  // A reload of a page that was signed in asks for the touch by itself.
  useEffect(() => {
    if (signedIn !== undefined && signedIn.who.passkeys > 0) sessionStorage.setItem(KEPT_OPEN, 'yes');
  }, [signedIn]);

  useEffect(() => { document.title = `${t(signedIn === undefined || over ? 'signInTitle' : screen)} · ${t('appName')}`; }, [t, screen, signedIn, over]);

  const show = (next: Screen): void => {
    sessionStorage.setItem(KEPT_SCREEN, next);
    setScreen(next);
    main.current?.focus();
  };
  const opened = useCallback((back: { session: Session; who: Who }): void => {
    setFailure(undefined);
    setOver(false);
    // The same person comes back to what was typed; another one to an empty screen.
    setSignedIn((was) => ({ ...back, turn: was !== undefined && samePerson(was.who, back.who) ? was.turn : (was?.turn ?? 0) + 1 }));
  }, []);
  const end = useCallback((): void => setOver(true), []);
  const changeUser = (): void => {
    signedIn?.session.call('POST', '/v1/session/end', { body: {} }).catch(() => undefined);
    sessionStorage.clear();
    setSignedIn(undefined);
    setOver(false);
  };
  const update = (who: Who): void => setSignedIn((was) => (was === undefined ? was : { ...was, who }));

  return (
    <>
      <a className="skip" href="#main">{t('skip')}</a>
      <Bar who={over ? undefined : signedIn?.who} screen={screen} onShow={show} onChangeUser={changeUser} />
      <main id="main" ref={main} tabIndex={-1}>
        {(signedIn === undefined || over) && <SignInScreen config={config} over={over} arriving={arriving} failure={failure} onOpened={opened} />}
        {signedIn !== undefined && (
          <div hidden={over} key={signedIn.turn}>
            <div hidden={screen !== 'ask'}><AskScreen signedIn={signedIn} active={screen === 'ask' && !over} onOver={end} onShow={show} /></div>
            {screen === 'day' && <DayScreen signedIn={signedIn} onOver={end} />}
            {screen === 'access' && <AccessScreen signedIn={signedIn} onOver={end} onWho={update} />}
          </div>
        )}
      </main>
    </>
  );
}

interface BarProps {
  readonly who: Who | undefined;
  readonly screen: Screen;
  readonly onShow: (screen: Screen) => void;
  readonly onChangeUser: () => void;
}

// Who is asking stands on every screen, with the one gesture that changes it.
function Bar({ who, screen, onShow, onChangeUser }: BarProps): ReactNode {
  const { t, language, toggle } = useLanguage();
  const name = who?.shownAs ?? t('someone');
  return (
    <header className="bar">
      <span className="brand"><img src="/icon.svg" alt="" width="28" height="28" /> {t('appName')}</span>
      {who !== undefined && (
        <>
          <nav aria-label={t('appName')}>
            {SCREENS.map((each) => <Button key={each} className="tab" aria-current={each === screen ? 'page' : 'false'} onPress={() => onShow(each)}>{t(each)}</Button>)}
          </nav>
          <p className="who"><span className="visually-hidden">{t('asking', { who: name, place: who.establishment })}</span><strong aria-hidden="true">{name}</strong><span aria-hidden="true">{who.establishment}</span></p>
          <Button className="quiet" onPress={onChangeUser}>{t('changeUser')}</Button>
        </>
      )}
      <Button className="quiet" lang={language === 'fr' ? 'en' : 'fr'} onPress={toggle}>{t('otherLanguage')}</Button>
    </header>
  );
}

function samePerson(one: Who, other: Who): boolean {
  return one.shownAs === other.shownAs && one.establishment === other.establishment;
}
